"""What several test files need: files built from a few segments, and the folders of samples."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import x12

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "fuzz"))  # test_fuzz shares what the long run does with an input
SAMPLES = HERE / "samples"
ISA = (
    "ISA*00*          *00*          *ZZ*{sender:15}*ZZ*{receiver:15}"
    "*260102*1200*{u}*{version}*{control:09d}*0*P*>"
)
ORDER = ["BEG*00*SA*PO1**20260102", "PO1*1*5*EA*2.50", "CTT*1*5"]


def set_of(set_id: str, body: list[str], control: str = "0001") -> list[str]:
    """A transaction set with right counts around `body`."""
    return [f"ST*{set_id}*{control}", *body, f"SE*{len(body) + 2}*{control}"]


def group_of(sets: list[str], group: str = "PO", release: str = "004010", control: int = 1) -> list[str]:
    """A functional group with right counts around whole sets."""
    count = sum(segment.startswith("ST*") for segment in sets)
    return [
        f"GS*{group}*BUYER*SELLER*20260102*1200*{control}*X*{release}",
        *sets,
        f"GE*{count}*{control}",
    ]


def file_of(groups: list[str], release: str = "004010", control: int = 1, terminator: str = "~") -> bytes:
    """An interchange with right counts around whole groups."""
    later = release >= "005010"
    isa = ISA.format(
        sender="BUYER",
        receiver="SELLER",
        u="^" if later else "U",
        version="00501" if later else "00401",
        control=control,
    )
    count = sum(segment.startswith("GS*") for segment in groups)
    segments = [isa, *groups, f"IEA*{count}*{control:09d}"]
    return "".join(segment + terminator for segment in segments).encode("latin-1")


def order_file(
    body: list[str] = ORDER, release: str = "004010", set_id: str = "850", group: str = "PO", control: int = 1
) -> bytes:
    """A whole interchange with one transaction set."""
    return file_of(group_of(set_of(set_id, body), group, release), release, control)


def events_of(data, kind, **options) -> list:
    """The events of one kind."""
    return [event for event in x12.read(data, **options) if isinstance(event, kind)]


def only_transaction(data, **options) -> x12.Transaction:
    (transaction,) = events_of(data, x12.Transaction, **options)
    return transaction


def codes_of(data, **options) -> list[str]:
    """Codes of all findings of a file, in order."""
    found = []
    for event in x12.read(data, **options):
        found += [finding.code for finding in getattr(event, "findings", ())]
    return found


@pytest.fixture(params=sorted(SAMPLES.glob("*.x12")), ids=lambda path: path.stem)
def sample(request) -> bytes:
    """Bytes of each sample file of the project."""
    return request.param.read_bytes()


@pytest.fixture
def shared_samples() -> Path:
    """The public sample files beside the repository; a test that needs them is skipped where they are not."""
    repository = HERE.parents[3]
    folder = repository.parent / "shared" / "x12" / "samples"
    if not folder.is_dir():
        pytest.skip("the public X12 samples (shared/x12/samples beside the repository) are not here")
    return folder
