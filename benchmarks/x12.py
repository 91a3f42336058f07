"""Speed and memory of the X12 library, side by side with the Python peers that can be installed.

    python benchmarks/x12.py [--megabytes 20] [--large 200] [--no-peers] [--json]

Writes its own files: 850s of 15 lines each in one interchange, one line of text, right counts and totals, a
GTIN with check digit per line.  Every figure is the best of three processes that read the file once: seconds
of processor time (the machine may be shared) without the start of Python, and the peak of resident memory
(RSS).  How time grows is measured in one process that has read all files before.  Peers are installed from
PyPI into a virtual environment in the temporary folder and run on a tenth of the file, which is enough for
them.

A peer checks against a *schema* if it knows, per transaction set, which segments there are, which are
mandatory, and the type, length and requirement of their elements.  Of the peers mock-edi does.  x12-doctor
does not: for an 850 it asks for one segment (BEG) and looks at units, dates, purpose codes and line numbers.
draftedi and badx12 bring no 850.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[1] / "addons" / "om_edi_x12"
LINES = 15
HEAD = (
    "BEG*00*SA*PO{number:08d}**20261101~CUR*BY*USD~REF*DP*038~REF*IA*7700123~PER*BD*ANNA BUYER*TE*2165550100~"
    "FOB*PP*DE*DELIVERED TO THE DOCK~ITD*01*3*2**10**30~DTM*002*20261115~DTM*010*20261110~"
    "TD5**2*UPSN*M*UPS GROUND~N1*BY*BIG BUYER INCORPORATED*92*0001~N3*100 MAIN STREET*SUITE 200~"
    "N4*CLEVELAND*OH*44139*US~N1*ST*BIG BUYER STORE {store}*92*{store:04d}~N3*31875 SOLON ROAD~"
    "N4*SOLON*OH*44139*US~"
)
TIMER = """
import resource, sys, time
path = sys.argv[1]
{prepare}
start = time.process_time()
{work}
print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
READ = "data = open(path, 'rb').read()"
OURS = {
    "floor: bytes.split('~')": ("", f"{READ}; data.split(b'~')", False),
    "floor: + split('*'), kept": ("", f"{READ}; kept = [s.split(b'*') for s in data.split(b'~')]", False),
    "x12.read, all checks": (
        "import x12",
        "found = 0\nfor event in x12.read(open(path, 'rb')): found += len(getattr(event, 'findings', ()))\n"
        "assert not found, found",
        True,
    ),
    "x12.read + PurchaseOrder.parse": (
        "import x12",
        "for event in x12.read(open(path, 'rb')):\n"
        "    if isinstance(event, x12.Transaction): x12.PurchaseOrder.parse(event)",
        True,
    ),
}
SHAPES = {"tenth": "a tenth of it", "full": "the file", "one": "one order, 100,000 lines"}
GROWTH = """
import resource, sys, time, x12
best = dict.fromkeys(sys.argv[1:], float("inf"))
for turn in range(12):
    for path in best:
        start = time.process_time()
        for event in x12.read(open(path, "rb")): pass
        if turn:
            best[path] = min(best[path], time.process_time() - start)
for seconds in best.values():
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
# name: (package, imports, work, what it checks)
PEERS = {
    "mock-edi": (
        "mock-edi",
        "from mockedi import validate, x12",
        f"{READ}; validate.validate(x12.parse(data.decode()))",
        "schema",
    ),
    "x12-doctor": (
        "x12-doctor",
        "from x12doctor.diagnose import diagnose",
        f"{READ}; diagnose(data)",
        "envelope, some values",
    ),
    "x12-tidy": ("x12-tidy", "from x12_tidy import tidy", f"{READ}; tidy(data)", "envelope"),
    "draftedi": (
        "draftedi",
        "from draftedi import check_envelope, parse_edi_file",
        f"{READ}; parse_edi_file(data)",
        "nothing",
    ),
    "pyx12": (
        "pyx12",
        "import io, pyx12.x12file",
        f"{READ}\nfor _ in pyx12.x12file.X12Reader(io.StringIO(data.decode())): pass",
        "envelope",
    ),
    "badx12": (
        "badx12",
        # Written for a Python that had collections.Iterable.
        "import collections.abc; collections.Iterable = collections.abc.Iterable; from badx12 import Parser",
        "Parser().parse_document(path)",
        "nothing",
    ),
}


def generate(path: Path, megabytes: float, lines: int = LINES, transactions: int | None = None) -> None:
    """Writes an interchange of about that many megabytes, or of that many transactions."""
    chance = random.Random(850)
    with path.open("w", newline="") as file:
        file.write("ISA*00*          *00*          *ZZ*BIGBUYER       *ZZ*ODOOCO         ")
        file.write("*261101*0900*U*00401*000000001*0*P*>~GS*PO*BIGBUYER*ODOOCO*20261101*0900*1*X*004010~")
        count = 0
        while count != transactions and (transactions or file.tell() < megabytes * 1e6):
            count += 1
            file.write(_order(count, lines, chance))
        file.write(f"GE*{count}*1~IEA*1*000000001~")


def _order(number: int, lines: int, chance: random.Random) -> str:
    total, parts = 0, [f"ST*850*{number:04d}~", HEAD.format(number=number, store=number % 500)]
    for line in range(1, lines + 1):
        quantity = chance.randint(1, 500)
        total += quantity
        parts.append(
            f"PO1*{line}*{quantity}*EA*{chance.randint(1, 9999) / 100}*PE*BP*{chance.randint(10**6, 10**7)}"
            f"*UP*{_gtin(chance)}~PID*F****WIDGET, BLUE, SIZE {chance.randint(1, 99)}~"
        )
    parts.append(f"CTT*{lines}*{total % 10**10}~AMT*TT*1234.5~")
    return "".join(parts) + f"SE*{16 + 2 * lines + 4}*{number:04d}~"


def _gtin(chance: random.Random) -> str:
    body = f"{chance.randrange(10**11):011d}"
    check = -(3 * sum(map(int, body[::2])) + sum(map(int, body[1::2]))) % 10
    return f"{body}{check}"


def measure(python: str, prepare: str, work: str, path: Path, library: bool, limit: int = 300):
    """(seconds, peak RSS in MB) of one run, or a sentence why there is none."""
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY) if library else ""}
    script = TIMER.format(prepare=prepare, work=work)
    command = [python, "-c", script, str(path)]
    try:
        run = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return f"more than {limit} s"
    if run.returncode:
        return (run.stderr.strip().splitlines() or ["failed"])[-1][:60]
    seconds, memory = run.stdout.split()[-2:]
    return float(seconds), float(memory)


def peers_python() -> str | None:
    """Python of a virtual environment with the peers, None if they can't be installed."""
    folder = Path(tempfile.gettempdir()) / f"om-x12-peers-{sys.version_info[0]}.{sys.version_info[1]}"
    python = folder / "bin" / "python"
    if not python.exists():
        print("installing peers ...", file=sys.stderr)
        venv.create(folder, with_pip=True)
        for package, *_rest in PEERS.values():
            # One by one: a peer that is gone must not take the others with it.
            subprocess.run([python, "-m", "pip", "install", "-q", package], capture_output=True, check=False)
    return str(python) if python.exists() else None


def row(name: str, checks: str, path: Path, result) -> dict:
    size = path.stat().st_size / 1e6
    if isinstance(result, str):
        return {"name": name, "checks": checks, "megabytes": round(size, 1), "failed": result}
    seconds, memory = result
    speed = size / seconds
    return {
        "name": name,
        "checks": checks,
        "megabytes": round(size, 1),
        "seconds": round(seconds, 3),
        "mb_per_s": round(speed, 2),
        "peak_rss_mb": round(memory),
    }


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="om-x12-bench-") as name:
        folder = Path(name)
        files = {
            "tenth": (options.megabytes / 10, None, LINES),
            "full": (options.megabytes, None, LINES),
            "one": (0, 1, 100_000),
        }
        if options.large:
            files["large"] = (options.large, None, LINES)
        paths = {}
        for key, (size, transactions, lines) in files.items():
            paths[key] = folder / f"{key}.x12"
            generate(paths[key], size, lines, transactions)
        rows = own_rows(paths, options)
        if not options.no_peers:
            rows += peer_rows(paths["tenth"])
    report(rows, options)


def own_rows(paths: dict[str, Path], options) -> list[dict]:
    rows = []
    for name, (prepare, work, library) in OURS.items():
        rows.append(_best(name, "all" if library else "nothing", paths["full"], prepare, work, library))
    if "large" in paths:
        prepare, work, library = OURS["x12.read, all checks"]
        rows.append(_best("x12.read, large file", "all", paths["large"], prepare, work, library, runs=1))
    return rows + growth_rows(paths)


def growth_rows(paths: dict[str, Path]) -> list[dict]:
    """How time grows with size and shape, in one process that has its tables and patterns.

    The shapes take turns, so that a slow moment of the machine hits all of them.
    """
    names = [str(paths[key]) for key in SHAPES]
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY)}
    command = [sys.executable, "-c", GROWTH, *names]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [
        row(f"same process: {title}", "all", paths[key], (float(seconds), float(memory)))
        for (key, title), line in zip(SHAPES.items(), run.stdout.splitlines(), strict=True)
        for seconds, memory in [line.split()]
    ]


def _best(name, checks, path, prepare, work, library, python: str = sys.executable, runs: int = 3) -> dict:
    results = [measure(python, prepare, work, path, library) for _ in range(runs)]
    good = [result for result in results if not isinstance(result, str)]
    return row(name, checks, path, min(good) if good else results[0])


def peer_rows(path: Path) -> list[dict]:
    python = peers_python()
    if python is None:
        return []
    return [
        _best(name, checks, path, imports, work, False, python)
        for name, (_package, imports, work, checks) in PEERS.items()
    ]


def report(rows: list[dict], options) -> None:
    if options.json:
        print(json.dumps(rows))
        return
    print(f"{'':38} {'checks':22} {'MB':>6} {'s':>8} {'MB/s':>8} {'peak RSS MB':>12}")
    for one in rows:
        head = f"{one['name']:38} {one['checks']:22} {one['megabytes']:>6}"
        if "failed" in one:
            print(f"{head} {one['failed']}")
        else:
            print(f"{head} {one['seconds']:>8} {one['mb_per_s']:>8} {one['peak_rss_mb']:>12}")
    ours = next(one for one in rows if one["name"] == "x12.read, all checks")
    speeds = [one["mb_per_s"] for one in rows if one["name"].startswith("same process")]
    print(f"same process: the fastest is {max(speeds) / min(speeds):.2f} times the slowest")
    for rival in rows:
        if rival["name"] in PEERS and "failed" not in rival:
            ratio = ours["mb_per_s"] / rival["mb_per_s"]
            print(f"{ratio:.1f} times {rival['name']}, which checks: {rival['checks']}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--large", type=float, default=0, help="size of one more file, for the memory")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
