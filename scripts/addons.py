"""What `./om` asks about the addons: which belong together, whether they changed, what Odoo said.

addons.py list                     names of all installable addons
addons.py closure [NAME...]        the named addons (default: all that need nothing but ours and Odoo's) and
                                   those of ours they depend on
addons.py key SALT [NAME...]       short hash of what installing that closure writes into a database
addons.py log-findings LOG         warnings and errors of ours in an Odoo log
"""

import ast
import hashlib
import re
import sys
from pathlib import Path

ADDONS = Path(__file__).resolve().parent.parent / "addons"

# Folders of an addon that no installation reads: a change there must not cost a new template database.
# (Scripts and styles are bundled when a page asks for them.)
NOT_INSTALLED = {"tests", "x12", "readme", "static"}

# Addons of others, from requirements-dev.txt: what needs them is installed where it is asked for by name.
OF_OTHERS = {"queue_job"}

LEVELS = {"WARNING", "ERROR", "CRITICAL"}
LOG_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) (?P<db>\S+) (?P<logger>\S+?): (?P<message>.*)"
)


def manifests():
    """Return {addon name: manifest} of the installable addons."""
    found = {}
    for path in sorted(ADDONS.glob("*/__manifest__.py")):
        manifest = ast.literal_eval(path.read_text(encoding="utf-8"))
        if manifest.get("installable", True):
            found[path.parent.name] = manifest
    return found


def closure(names, known):
    """Return the given addons with everything of ours that gets installed along with them."""
    wanted, todo = set(), list(names or (name for name in known if not _needs_others(known[name])))
    while todo:
        name = todo.pop()
        if name in known and name not in wanted:
            wanted.add(name)
            todo.extend(known[name].get("depends", ()))
        if not todo:
            todo = [name for name in known if name not in wanted and _comes_along(known[name], wanted, known)]
    return sorted(wanted)


def _comes_along(manifest, wanted, known):
    """Tell whether Odoo's auto_install pulls an addon in (judged by our own addons only)."""
    trigger = manifest.get("auto_install")
    if not trigger or _needs_others(manifest):
        return False
    needed = manifest.get("depends", ()) if trigger is True else trigger
    ours = [name for name in needed if name in known]
    return bool(ours) and wanted.issuperset(ours)


def _needs_others(manifest):
    return not OF_OTHERS.isdisjoint(manifest.get("depends", ()))


def content_key(salt, names):
    """Hash file names and contents of the addons, leaving out what no installation reads."""
    digest = hashlib.sha256(salt.encode())
    for path in (path for name in names for path in sorted((ADDONS / name).rglob("*"))):
        parts = path.relative_to(ADDONS).parts
        if path.is_file() and path.suffix not in (".md", ".pyc") and parts[1] not in NOT_INSTALLED:
            digest.update("/".join(parts).encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:10]


def log_findings(log):
    """Return the log entries (with tracebacks) at WARNING or above that one of our addons caused."""
    ours = re.compile(r"\b(om_[a-z0-9_]+|om\.[a-z_]+)\b|" + re.escape(str(ADDONS)))
    entry, entries = None, []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        match = LOG_LINE.match(line)
        if match:
            entry = [match, line]
            # What a tour's browser says decides the tour's own result; what it says after its end is noise.
            if match["level"] in ("WARNING", "ERROR", "CRITICAL") and not match["logger"].endswith(
                ".browser"
            ):
                entries.append(entry)
        elif entry:
            entry.append(line)
    return [
        "\n".join(lines)
        for match, *lines in entries
        if ours.search(match["logger"] + " " + match["message"] + "\n" + "\n".join(lines[1:]))
    ]


def shortened(entry):
    """The first line of a log entry, the places in our addons of its traceback, and its last line."""
    first, *rest = entry.splitlines()
    rest = [line for line in rest if line.strip()]
    places = [line for line in rest[:-1] if str(ADDONS) in line]
    return "\n".join([LOG_LINE.sub(r"\g<level> \g<logger>: \g<message>", first), *places, *rest[-1:]])


def main(command, *args):
    known = manifests()
    unknown = [name for name in args[1 if command == "key" else 0 :] if name not in known]
    if command == "list":
        print("\n".join(known))
    elif command == "log-findings":
        for finding in dict.fromkeys(map(shortened, log_findings(Path(args[0])))):
            print(finding)
    elif unknown:
        sys.exit(f"no such addon: {', '.join(unknown)}")
    elif command == "closure":
        print("\n".join(closure(args, known)))
    elif command == "key":
        print(content_key(args[0], closure(args[1:], known)))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
