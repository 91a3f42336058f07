"""The command line: output and exit status."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from conftest import ORDER, codes_of, order_file
from x12 import cli

KEYS = [
    "interchange", "group", "transaction", "segment", "position", "loop", "element", "component", "code",
    "value", "message",
]  # fmt: skip


@pytest.fixture
def file_with(tmp_path):
    def write(data: bytes) -> str:
        path = tmp_path / "in.x12"
        path.write_bytes(data)
        return str(path)

    return write


BAD = order_file([ORDER[0], "PO1*1*FIVE*EA"])


@pytest.mark.parametrize(
    ("data", "status"),
    [(order_file(), 0), (BAD, 1), (b"rubbish", 2), (b"", 2)],
    ids=["clean", "bad", "rubbish", "empty"],
)
@pytest.mark.parametrize("command", ["show", "validate", "ack", "split"])
def test_exit_status(command, data, status, file_with, tmp_path, capsysbinary):
    options = ["--into", str(tmp_path / "out")] if command == "split" else []
    assert cli.main([command, *options, file_with(data)]) == status


def test_json_has_exactly_the_keys(file_with, capsys):
    cli.main(["validate", "--json", file_with(BAD)])
    (line,) = capsys.readouterr().out.splitlines()
    finding = json.loads(line)
    assert list(finding) == KEYS
    assert (finding["segment"], finding["position"], finding["element"]) == ("PO1", 3, 2)
    assert (finding["code"], finding["value"], finding["loop"]) == ("AK403:6", "FIVE", "PO1")


def test_rules_from_a_file(file_with, tmp_path, capsys):
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({"required": {"850": ["N1"]}}))
    assert cli.main(["validate", "--rules", str(rules), file_with(order_file())]) == 1
    assert "AK304:3" in capsys.readouterr().out


def test_ack_prints_what_we_would_send(file_with, capsysbinary):
    cli.main(["ack", file_with(BAD)])
    answer = capsysbinary.readouterr().out
    assert b"AK3*PO1*3**8~\nAK4*2*330*6*FIVE~\nAK5*E*5~" in answer
    assert codes_of(answer) == []


def test_split_writes_one_interchange_per_transaction(file_with, tmp_path, capsys):
    out = tmp_path / "out"
    assert cli.main(["split", "--into", str(out), file_with(order_file() + order_file(control=2))]) == 0
    pieces = sorted(out.iterdir())
    assert len(pieces) == 2
    for piece in pieces:
        assert codes_of(piece.read_bytes()) == []


def test_split_stays_in_its_folder_whatever_the_set_is_called(file_with, tmp_path, capsys):
    data = order_file(set_id="../../850")
    assert cli.main(["split", "--into", str(tmp_path / "out"), file_with(data)]) == 1
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["in-00001-850.x12"]


def test_findings_of_the_envelope_count_for_every_command(file_with, tmp_path, capsysbinary):
    data = order_file().replace(b"IEA*1*", b"IEA*2*")
    for command in (["show"], ["validate"], ["ack"], ["split", "--into", str(tmp_path / "out")]):
        assert cli.main([*command, file_with(data)]) == 1


def test_show_names_things(file_with, capsys):
    cli.main(["show", file_with(BAD)])
    shown = capsys.readouterr().out
    assert "850 purchase order 0001" in shown
    assert "PO103 unit of measure: EA (each)" in shown
    assert "! error AK403:6" in shown


def test_standard_input_and_module():
    run = subprocess.run(
        [sys.executable, "-m", "x12", "validate", "-"], input=order_file(), capture_output=True, check=False
    )
    assert run.returncode == 0, run.stderr


def test_missing_file_is_unreadable(tmp_path, capsys):
    assert cli.main(["validate", str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err
