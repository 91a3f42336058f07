"""The folder mailbox with other processes at work in the folders."""

import os
import random
import shutil
import subprocess
import sys
import time

import pytest
from trading import POLL, SEND, SEND_NOW

UPLOAD = """
import sys, time
data = open(sys.argv[1], "rb").read()
with open(sys.argv[2], "wb", buffering=0) as file:
    for part in range(20):
        file.write(data[part * len(data) // 20 : (part + 1) * len(data) // 20])
        time.sleep(0.15)
        if part == 10:
            time.sleep(float(sys.argv[3]))  # the line stalls
"""
STATES = "SELECT state FROM om_intake WHERE file_name = %s"


@pytest.mark.parametrize("stall", [0, 1.5])
def test_file_that_is_still_being_written_is_left_alone_until_it_is_complete(trading, tmp_path, stall):
    data = trading.file_of_orders(f"SLOW{stall}", 5)
    source, name = tmp_path / "source.edi", f"slow{stall}.edi"
    source.write_bytes(data)
    trading.call("env['om.edi.mailbox'].search([]).quiet_seconds = 1\nenv.cr.commit()")
    upload = subprocess.Popen(
        [sys.executable, "-c", UPLOAD, str(source), str(trading.folder("inbox") / name), str(stall)]
    )
    polls = 0
    while upload.poll() is None:
        trading.call(POLL)
        polls += upload.poll() is None
    trading.call(POLL)
    trading.call("env['om.edi.mailbox'].search([]).quiet_seconds = 0\nenv.cr.commit()")
    assert polls
    assert trading.rows(STATES, name) == [("received",)]
    assert [path.read_bytes() for path in trading.folder("archive").glob(f"*__{name}")] == [data]
    trading.process()
    assert trading.rows(STATES, name) == [("done",)]


def test_any_name_is_taken_and_kept_as_plain_text(trading):
    names = [b"caf\xe9.edi", b"two\nlines.edi", b"-rf.edi", b"a__b.edi", "\u202eide.edi".encode(), b"x" * 200]
    for number, name in enumerate(names):
        path = os.path.join(os.fsencode(trading.folder("inbox")), name)
        with open(path + b".part", "wb") as file:
            file.write(trading.file_of_orders(f"NAME{number}", 1))
        os.rename(path + b".part", path)
    trading.call(POLL)
    assert not list(trading.folder("inbox").iterdir())
    assert not list(trading.folder("processing").iterdir())
    stored = {name for [name] in trading.rows("SELECT file_name FROM om_intake ORDER BY id DESC LIMIT 6")}
    assert stored == {"caf?.edi", "two\nlines.edi", "-rf.edi", "a__b.edi", "\u202eide.edi", "x" * 200}
    assert not trading.value("SELECT last_error FROM om_edi_mailbox WHERE directory = 'bluebird'")
    trading.process()


def test_pollers_side_by_side_take_each_file_once(trading):
    pollers = [
        trading.start(f"import time\nfor _ in range(6):\n    {POLL}\n    time.sleep(0.05)") for _ in range(3)
    ]
    for number in range(40):
        trading.drop(trading.file_of_orders(f"SIDE{number}", 1), f"side{number}.edi")
        time.sleep(random.uniform(0, 0.01))
    for poller in pollers:
        trading.finish(poller)
    trading.call(POLL)
    assert (
        trading.value("SELECT count(*) FROM om_intake WHERE file_name LIKE 'side%%' AND state = 'received'")
        == 40
    )
    assert trading.value("SELECT count(*) FROM om_intake WHERE file_name LIKE 'side%%'") == 40
    assert len(list(trading.folder("archive").glob("*__side*"))) == 40
    assert not trading.rows("SELECT last_error FROM om_edi_mailbox WHERE last_error IS NOT NULL")
    trading.rows("UPDATE om_intake SET state = 'failed' WHERE file_name LIKE 'side%%' RETURNING id")


@pytest.fixture
def full_disk(trading):
    """The outbox is on a disk of 64 kB without room left."""
    outbox = trading.folder("outbox")
    kept = outbox.rename(outbox.with_name("outbox.kept"))
    outbox.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(outbox)], check=False, capture_output=True
    )
    if mounted.returncode:
        outbox.rmdir()
        kept.rename(outbox)
        pytest.skip("mounting a small disk takes root")
    try:
        (outbox / "filler").write_bytes(b"x" * 60_000)
        yield outbox
    finally:
        subprocess.run(["umount", str(outbox)], check=True)
        for path in kept.iterdir():
            shutil.move(path, outbox / path.name)
        kept.rmdir()


def test_full_disk_keeps_the_document_says_so_and_sends_when_there_is_room(trading, full_disk):
    trading.receive(trading.file_of_orders("FULL", 20, lines=6))
    trading.process()
    trading.call(SEND)
    reference = """
        SELECT i.{} FROM om_edi_transaction t JOIN om_edi_interchange i ON i.id = t.interchange_id
         WHERE t.reference = 'FULL-1' AND t.set_id = '855'
    """
    assert trading.value(reference.format("state")) == "error"
    assert "No space left on device" in trading.value(reference.format("message"))
    name = trading.value(reference.format("file_name"))
    assert not (full_disk / name).exists(), "the partner sees no half file"
    (full_disk / "filler").unlink()
    trading.call(SEND_NOW)
    assert trading.value(reference.format("state")) == "sent"
    assert (full_disk / name).read_bytes().rstrip().endswith(b"~")


def test_file_that_may_not_grow_any_more_is_no_half_document(trading):
    """As a full disk, where a small one can't be mounted: files of the sender may have 300 bytes."""
    trading.receive(trading.file_of_orders("LIMIT", 3))
    trading.process()
    outbox = trading.folder("outbox")
    before = set(outbox.iterdir())
    limited = """
import resource
Transport = type(env["om.edi.transport.folder"])
deliver = Transport._deliver
def limited(*args):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, limits[1]))
    try:
        return deliver(*args)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
Transport._deliver = limited
"""
    trading.call(limited + SEND)
    state = """
        SELECT i.state FROM om_edi_transaction t JOIN om_edi_interchange i ON i.id = t.interchange_id
         WHERE t.reference = 'LIMIT-1' AND t.set_id = '855'
    """
    assert trading.value(state) == "error"
    assert all(path.stat().st_size < 300 for path in set(outbox.iterdir()) - before), "whole small ones only"
    assert not list(outbox.glob(".*"))
    trading.call(SEND_NOW)
    assert trading.value(state) == "sent"
