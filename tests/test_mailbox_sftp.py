"""The SFTP mailbox on a real OpenSSH server, with worker processes that are killed at every step."""

import random
import shutil
import signal
import subprocess
import threading
import time

import paramiko
import psycopg2
import pytest
from sshd import CuttingProxy, Sshd, why_no_sshd
from trading import POLL, PROCESS, SEND, SEND_NOW

pytestmark = pytest.mark.skipif(bool(why_no_sshd()), reason=why_no_sshd() or "-")

STORED = "SELECT count(*) FROM om_intake WHERE file_name LIKE %s AND state != 'duplicate'"
DIE = """
import os, signal
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
def then_die(method):
    def killed(*args, **kwargs):
        method(*args, **kwargs)
        die()
    return killed
Transport = type(env["om.edi.transport.sftp"])
"""


class Heron:
    """A trading partner whose mailbox is on an SFTP server; ``trading`` is our side."""

    NUMBERS = iter(range(1, 1000))

    def __init__(self, trading, options="", **values):
        self.trading = trading
        self.server = Sshd(options)
        self.name = f"HERON{next(self.NUMBERS)}"
        trading.call(
            f"""
mailbox = env["om.edi.mailbox"].create({{"name": {self.name!r}, **{self.server.values(**values)!r}}})
env["om.edi.partner"].create(
    {{
        "name": {self.name!r},
        "partner_id": env["res.partner"].search([("name", "=", "Bluebird Stores")]).id,
        "mailbox_id": mailbox.id,
        "identifier": {self.name!r},
        "our_identifier": "OMCO",
    }}
)
env.cr.commit()
"""
        )

    def write(self, **values):
        self.trading.call(
            f"env['om.edi.mailbox'].search([('name', '=', {self.name!r})]).write({values!r})\nenv.cr.commit()"
        )

    def orders(self, prefix, count=1, lines=2):
        return self.trading.file_of_orders(f"{self.name}-{prefix}", count, sender=self.name, lines=lines)

    def stored(self, name):
        return self.trading.value(STORED, name)

    def order_numbers(self):
        found = self.trading.rows(
            "SELECT client_order_ref FROM sale_order WHERE client_order_ref LIKE %s", f"{self.name}-%"
        )
        return sorted(number for [number] in found)

    def answered(self):
        """Purchase orders that are answered by an 855 in the outbox; every file there must be whole."""
        numbers = []
        for path in (self.server.root / "outbox").iterdir():
            if path.name.startswith("."):
                continue
            segments = [segment.strip().split("*") for segment in path.read_text().split("~")]
            assert segments[0][0] == "ISA" and segments[-2][0] == "IEA", f"{path.name} is not whole"
            numbers += [segment[3] for segment in segments if segment[0] == "BAK"]
        return sorted(numbers)

    def assert_nothing_left(self, archived=None):
        assert not self.server.names("inbox")
        assert not self.server.names("processing")
        if archived is not None:
            assert len(self.server.names("archive")) == archived

    def close(self):
        # the other tests' polls must not come here any more
        self.trading.call(
            f"env['om.edi.partner'].search([('name', '=', {self.name!r})]).active = False\n"
            f"mailbox = env['om.edi.mailbox'].search([('name', '=', {self.name!r})])\n"
            "mailbox.write({'active': False, 'last_error': False})\nenv.cr.commit()"
        )
        self.server.close()
        self.trading.log_errors()


@pytest.fixture
def heron(trading):
    partner = Heron(trading)
    yield partner
    partner.close()


@pytest.fixture
def van(trading):
    """A server that lets us read, write and delete, and nothing else."""
    partner = Heron(trading, "-P rename,posix-rename,mkdir", can_rename=False)
    yield partner
    partner.close()


FETCHING = {
    "before the claim": "Transport._claim = die",
    "claimed, not read": "Transport._claim = then_die(Transport._claim)",
    "read, not stored": "Transport._read = then_die(Transport._read)",
    "stored, not committed": """
Mailbox = type(env["om.edi.mailbox"])
receive = Mailbox._receive
def killed(self, *args):
    receive(self, *args)
    self.env.flush_all()
    die()
Mailbox._receive = killed
""",
    "committed, not put away": "Transport._archive = die",
    "put away": "Transport._archive = then_die(Transport._archive)",
}


@pytest.mark.parametrize("step", FETCHING)
def test_killed_while_fetching_at_every_step_loses_nothing_and_takes_nothing_twice(trading, heron, step):
    for number in range(2):
        heron.server.put("850.edi", heron.orders(f"KILL{number}"))
        worker = trading.start(DIE + FETCHING[step] + "\n" + POLL)
        assert trading.ended(worker) == -signal.SIGKILL, "it came to that step"
        trading.call(POLL)
        heron.assert_nothing_left(archived=number + 1)
    trading.process()
    assert heron.order_numbers() == [f"{heron.name}-KILL{number}-1" for number in range(2)]


FETCHING_FROM_VAN = {
    **{step: FETCHING[step] for step in ("read, not stored", "stored, not committed")},
    "committed, not deleted": "Transport._delete = die",
    "deleted": "Transport._delete = then_die(Transport._delete)",
}


@pytest.mark.parametrize("step", FETCHING_FROM_VAN)
def test_killed_while_fetching_without_rename_loses_nothing_and_takes_nothing_twice(trading, van, step):
    for number in range(2):
        van.server.put("850.edi", van.orders(f"KILL{number}"))
        worker = trading.start(DIE + FETCHING_FROM_VAN[step] + "\n" + POLL)
        assert trading.ended(worker) == -signal.SIGKILL, "it came to that step"
        trading.call(POLL)  # the lock went with the process
        assert not van.server.names("inbox")
    trading.process()
    assert van.order_numbers() == [f"{van.name}-KILL{number}-1" for number in range(2)]


SENDING = {
    "half is written": """
import paramiko
def half(self, file, path, **options):
    with self.open(path, "wb") as remote:
        remote.write(file.read()[:100])
    die()
paramiko.SFTPClient.putfo = half
""",
    "written under its hidden name": "Transport._put_in_place = die",
    "in place, not committed": "Transport._put_in_place = then_die(Transport._put_in_place)",
}


@pytest.mark.parametrize("step", SENDING)
def test_killed_while_sending_at_every_step_delivers_each_document_once_and_whole(trading, heron, step):
    heron.server.put("850.edi", heron.orders("SEND", 2))
    trading.call(POLL)
    trading.process()
    assert trading.ended(trading.start(DIE + SENDING[step] + "\n" + SEND)) == -signal.SIGKILL
    heron.answered()  # what lies there is whole
    trading.call(SEND)
    assert heron.answered() == [f"{heron.name}-SEND-{number}" for number in (1, 2)]
    outbox = [path.name for path in (heron.server.root / "outbox").iterdir()]
    assert len(outbox) == 2 and not [name for name in outbox if name.startswith(".")]


@pytest.mark.parametrize("mode", ["heron", "van"])
def test_pollers_that_are_killed_at_any_moment_side_by_side(trading, request, mode):
    """Two pollers all the time, killed at random, while files come; a third of them share a name."""
    partner = request.getfixturevalue(mode)
    dice = random.Random(2026)
    sent, kills = 0, 0

    workers = [trading.start(POLL) for _worker in range(2)]
    for number in range(30):
        name = "850.edi" if number % 3 == 0 else f"850-{number}.edi"
        if name not in partner.server.names("inbox"):
            partner.server.put(name, partner.orders(f"ANY{number}"))
            sent += 1
        time.sleep(dice.uniform(0, 0.25))
        place = dice.randrange(2)
        if dice.random() < 0.7:
            kills += trading.kill(workers[place])
        else:
            trading.ended(workers[place])
        workers[place] = trading.start(POLL)
    for worker in workers:
        trading.ended(worker)
    trading.call(POLL)
    partner.assert_nothing_left(archived=sent if mode == "heron" else None)
    assert partner.stored("850%") >= sent
    assert kills > 10
    trading.process()
    numbers = partner.order_numbers()
    assert len(numbers) == len(set(numbers)) == sent
    print(f"{mode}: sent {sent}, orders {len(numbers)}, workers killed {kills}")


def test_pollers_side_by_side_take_each_file_once(trading, heron):
    for number in range(25):
        heron.server.put(f"beside-{number}.edi", heron.orders(f"SIDE{number}"))
    pollers = [trading.start(POLL) for _poller in range(3)]
    for poller in pollers:
        trading.finish(poller)
    heron.assert_nothing_left(archived=25)
    assert heron.stored("beside-%") == 25
    assert trading.value("SELECT count(*) FROM om_intake WHERE file_name LIKE 'beside-%%'") == 25
    assert not trading.value("SELECT last_error FROM om_edi_mailbox WHERE name = %s", heron.name)
    trading.process()


def test_upload_over_the_line_is_left_alone_until_it_is_complete(trading, heron):
    data = heron.orders("SLOW", 5)
    heron.write(quiet_seconds=1)

    def upload():
        with paramiko.Transport(("127.0.0.1", heron.server.port)) as transport:
            key = paramiko.Ed25519Key.from_private_key_file(str(heron.server.home / "user_key"))
            transport.connect(username=heron.server.login, pkey=key)
            with paramiko.SFTPClient.from_transport(transport).open("inbox/slow.edi", "wb") as file:
                for start in range(0, len(data), len(data) // 25):
                    file.write(data[start : start + len(data) // 25])
                    file.flush()
                    time.sleep(0.2)

    partner = threading.Thread(target=upload)
    partner.start()
    polls = 0
    while partner.is_alive():
        trading.call(POLL)
        polls += partner.is_alive()
    trading.call(POLL)
    assert polls >= 2
    assert trading.rows("SELECT size FROM om_intake WHERE file_name = 'slow.edi'") == [(len(data),)]
    heron.assert_nothing_left(archived=1)
    trading.process()
    assert len(heron.order_numbers()) == 5


def test_line_that_is_cut_in_mid_file_costs_nothing_but_time(trading, heron):
    heron.server.put("cut.edi", heron.orders("CUT") + b"\n" * 3_000_000)
    proxy = CuttingProxy(heron.server.port, 1_000_000)
    heron.write(port=proxy.port)
    trading.call(POLL)
    proxy.close()
    assert proxy.cuts == 1
    assert heron.stored("cut.edi") == 0
    assert trading.value("SELECT last_error FROM om_edi_mailbox WHERE name = %s", heron.name)
    heron.write(port=heron.server.port)
    trading.call(POLL)
    heron.assert_nothing_left(archived=1)
    trading.process()
    assert heron.order_numbers() == [f"{heron.name}-CUT-1"]


def test_same_interchange_by_two_transports_at_once_is_acted_on_once(trading, heron):
    """By SFTP and in a folder, fetched by two workers at the same time."""
    trading.call(
        f"""
partner = env["om.edi.partner"].search([("name", "=", {heron.name!r})])
partner.other_mailbox_ids = env["om.edi.mailbox"].search([("directory", "=", "bluebird")])
env.cr.commit()
"""
    )
    one = "env['om.edi.mailbox'].search([('name', '=', {!r})])._poll()"
    for number in range(6):
        data = heron.orders(f"TWO{number}")
        heron.server.put("two.edi", data)
        trading.drop(data, "two.edi")
        workers = [trading.start(one.format(name)) for name in (heron.name, "Bluebird")]
        for worker in workers:
            trading.finish(worker)
    assert trading.rows(
        "SELECT state, count(*) FROM om_intake WHERE file_name = 'two.edi' GROUP BY state ORDER BY state"
    ) == [("duplicate", 6), ("received", 6)]
    trading.process()
    assert heron.order_numbers() == [f"{heron.name}-TWO{number}-1" for number in range(6)]


def test_database_that_goes_away_in_between_loses_nothing(trading, heron):
    """Every connection to the database is cut again and again, as by a restart of PostgreSQL.

    It is not really restarted, for other tests use it at the same time.
    """
    dice = random.Random(1)
    everything = "\n".join((POLL, PROCESS, SEND))
    for number in range(8):
        heron.server.put("gone.edi", heron.orders(f"GONE{number}", 3))
        worker = trading.start(everything)
        time.sleep(dice.uniform(0.05, 1.2))
        connection = psycopg2.connect(dbname="postgres")
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND pid != %s AND usename = current_user",
                (trading.database, trading.connection.get_backend_pid()),
            )
        connection.close()
        trading.ended(worker)
        if "gone.edi" in heron.server.names("inbox"):
            trading.call(POLL)
    trading.call(POLL)
    trading.process()
    trading.call(SEND)
    trading.log_errors()  # they tell of the connections
    expected = sorted(f"{heron.name}-GONE{number}-{order}" for number in range(8) for order in (1, 2, 3))
    assert heron.order_numbers() == expected
    assert heron.answered() == expected
    heron.assert_nothing_left(archived=8)


def test_full_disk_of_the_partner_shows_no_half_document(trading, heron):
    outbox = heron.server.root / "outbox"
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", outbox], check=False, capture_output=True
    ).returncode:
        pytest.skip("mounting a small disk takes root")
    try:
        (outbox / "filler").write_bytes(b"x" * 60_000)
        heron.server.put("full.edi", heron.orders("FULL", 20, lines=6))
        trading.call(POLL)
        trading.process()
        trading.call(SEND)
        assert not [path.name for path in outbox.iterdir() if path.name.startswith("855")]
        assert trading.value(
            "SELECT message FROM om_edi_interchange WHERE state = 'error' ORDER BY id DESC LIMIT 1"
        )
        (outbox / "filler").unlink()
        trading.call(SEND_NOW)
        assert len(heron.answered()) == 20
    finally:
        kept = heron.server.home / "kept"
        shutil.copytree(outbox, kept)
        subprocess.run(["umount", outbox], check=True)
