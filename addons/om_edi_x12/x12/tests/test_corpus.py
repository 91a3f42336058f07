"""Public sample files of many authors, with the verdict on each (corpus_verdicts.tsv).

The files are not part of the project; the verdicts are.  One line per file: its path, AK501 per set and TA104
per interchange, its findings as `code@place`, and in words what is wrong with the bytes.  `-` is a file
without any finding, a finding in parentheses is a remark (severity warning).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import x12

ROWS = [
    line.split("\t")
    for line in Path(__file__).with_name("corpus_verdicts.tsv").read_text().splitlines()
    if line and not line.startswith("#")
]
VERDICTS = {path: f"{statuses}\t{findings}" for path, statuses, findings, _reason in ROWS}


def verdict(data: bytes) -> str:
    """Statuses and defects of a file as one line."""
    statuses, defects = [], Counter()
    try:
        for event in x12.read(data):
            if isinstance(event, x12.Transaction):
                statuses.append(f"{event.set_id}:{event.status}")
            elif isinstance(event, x12.InterchangeEnd):
                statuses.append(f"TA1:{event.status}")
            for finding in getattr(event, "findings", ()):
                place = f"{finding.code}@{finding.segment_id or ''}{finding.element or ''}"
                defects[f"({place})" if finding.severity == "warning" else place] += 1
    except x12.UnreadableError as error:
        return f"unreadable\t{error.reason}"
    listed = " ".join(f"{place}x{count}" if count > 1 else place for place, count in sorted(defects.items()))
    return f"{' '.join(statuses)}\t{listed or '-'}"


@pytest.mark.parametrize("path", VERDICTS)
def test_verdict_on_a_public_file(path, shared_samples):
    assert verdict((shared_samples / path).read_bytes()) == VERDICTS[path]


def test_every_public_file_has_a_verdict(shared_samples):
    files = {str(path.relative_to(shared_samples)) for path in shared_samples.rglob("*.edi")}
    assert files == VERDICTS.keys()


def test_every_verdict_with_findings_has_its_reason():
    for path, _statuses, findings, reason in ROWS:
        assert (reason == "nothing") == (findings == "-"), path
