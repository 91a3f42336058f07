"""Command line: python -m x12 show|validate|ack|split FILE...

Exit status: 0 clean, 1 findings, 2 unreadable (or wrong usage).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from . import show
from .answer import answer
from .errors import X12Error
from .events import Finding, GroupEnd, InterchangeEnd, Transaction
from .reader import read
from .rules import Rules

CLEAN, FINDINGS, UNREADABLE = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    worst = CLEAN
    for name in options.file:
        try:
            rules = Rules.from_dict(json.loads(Path(options.rules).read_text())) if options.rules else None
            with _opened(name) as file:
                worst = max(worst, options.run(file, name, rules, options))
        except BrokenPipeError:
            return worst
        except (X12Error, OSError, ValueError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            worst = UNREADABLE
    return worst


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="x12", description="Reads, checks, answers and splits X12 files.")
    commands = parser.add_subparsers(required=True, metavar="show|validate|ack|split")
    for name, run, text in (
        ("show", _show, "print the file for people, with names and findings"),
        ("validate", _validate, "list what is wrong"),
        ("ack", _ack, "print the 997 (or 999, TA1) that answers the file"),
        ("split", _split, "write every transaction into an interchange of its own"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("file", nargs="+", help="X12 file, - for standard input")
        command.add_argument("--rules", help="JSON file with partner rules")
        command.set_defaults(run=run)
        if name == "validate":
            command.add_argument("--json", action="store_true", help="one JSON object per finding")
        if name == "ack":
            command.add_argument("--kind", choices=("997", "999"), help="default: 997")
            command.add_argument("--control-number", type=int, default=1, help="ISA13 of the answer")
        if name == "split":
            command.add_argument("--into", default=".", help="folder for the pieces")
    return parser


def _opened(name: str) -> BinaryIO:
    return open(name, "rb") if name != "-" else sys.stdin.buffer


def findings(events) -> Iterator[Finding]:
    """All findings of a file, in order.  What rejects a whole group is told once, with its first set."""
    told: set[int] = set()
    for event in events:
        if isinstance(event, (Transaction, GroupEnd, InterchangeEnd)):
            for finding in event.findings:
                if id(finding) not in told:
                    yield finding
            if isinstance(event, GroupEnd):
                told.clear()
            else:
                told.update(id(finding) for finding in event.findings if finding.kind == "AK905")


def as_json(finding: Finding) -> str:
    """One finding as one line of JSON; `position` is the ordinal of the segment, ST being 1."""
    return json.dumps(
        {
            "interchange": finding.interchange,
            "group": finding.group,
            "transaction": finding.transaction,
            "segment": finding.segment_id,
            "position": finding.segment,
            "loop": finding.loop,
            "element": finding.element,
            "component": finding.component,
            "code": finding.code,
            "value": finding.value,
            "message": finding.message,
        },
        ensure_ascii=False,
    )


def _validate(file: BinaryIO, name: str, rules: Rules | None, options) -> int:
    count = 0
    for finding in findings(read(file, rules=rules)):
        count += 1
        if options.json:
            print(as_json(finding))
        else:
            print(f"{name}: {finding.severity} {finding.code} {finding.message}")
    return FINDINGS if count else CLEAN


def _show(file: BinaryIO, name: str, rules: Rules | None, options) -> int:
    has_findings = False
    for event in read(file, rules=rules):
        has_findings |= bool(getattr(event, "findings", None))
        for line in show.lines(event):
            print(line)
    return FINDINGS if has_findings else CLEAN


def _ack(file: BinaryIO, name: str, rules: Rules | None, options) -> int:
    has_findings = False
    events = []
    for event in read(file, rules=rules):
        has_findings |= bool(getattr(event, "findings", None))
        if not isinstance(event, Transaction):
            events.append(event)
    for data in answer(events, options.control_number, datetime.now(), options.kind):
        sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
    return FINDINGS if has_findings else CLEAN


def _split(file: BinaryIO, name: str, rules: Rules | None, options) -> int:
    folder = Path(options.into)
    folder.mkdir(parents=True, exist_ok=True)
    stem = Path(name).stem if name != "-" else "x12"
    has_findings, number = False, 0
    for event in read(file, rules=rules):
        has_findings |= bool(getattr(event, "findings", None))
        if isinstance(event, Transaction):
            number += 1
            target = folder / f"{stem}-{number:05d}-{_file_name(event.set_id)}.x12"
            target.write_bytes(alone(event))
            print(target)
    return FINDINGS if has_findings else CLEAN


def _file_name(set_id: str) -> str:
    """The set id as part of a file name, whatever was sent as ST01."""
    return "".join(c for c in set_id if c.isascii() and c.isalnum())[:10] or "ST"


def alone(transaction: Transaction) -> bytes:
    """An interchange that holds this transaction only, in its own delimiters and under its own envelope."""
    group = transaction.group
    isa, delimiters = group.interchange.isa, transaction.delimiters
    element, terminator = delimiters.element, delimiters.terminator

    def segment(*values: str) -> bytes:
        return (
            element.join(value.encode("latin-1") for value in values)
            + terminator
            + b"\n" * (terminator != b"\n")
        )

    component = (delimiters.component or b">").decode("latin-1")
    start = segment(
        "ISA",
        isa.authorization_qualifier.ljust(2), isa.authorization.ljust(10),
        isa.security_qualifier.ljust(2), isa.security.ljust(10),
        isa.sender_qualifier.ljust(2), isa.sender_id.ljust(15),
        isa.receiver_qualifier.ljust(2), isa.receiver_id.ljust(15),
        isa.date, isa.time, isa.standard or "U", isa.version, isa.control, isa.ack_flag, isa.usage, component,
    )  # fmt: skip
    start += segment(
        "GS", group.functional_id, group.sender, group.receiver, group.date, group.time, group.control,
        group.agency, group.version,
    )  # fmt: skip
    end = segment("GE", "1", group.control) + segment("IEA", "1", isa.control)
    body = transaction.raw.rstrip(b"\r\n")
    if not body.endswith(terminator):
        body += terminator
    return start + body + b"\n" * (terminator != b"\n") + end
