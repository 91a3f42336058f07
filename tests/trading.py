"""A company that trades by X12, on a real database with real worker processes, for system tests."""

import itertools
import json
import os
import re
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import psycopg2
from x12_bytes import interchange, purchase_order

SETUP = """
from odoo.fields import Command

company = env.company
pricelist = env["product.pricelist"].create({"name": "Contract"})
warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
for name, code, price in (("Kettle", "KET-1", 100.0), ("Toaster", "TOA-1", 40.0)):
    product = env["product.product"].create(
        {"name": name, "default_code": code, "list_price": price, "is_storable": True, "taxes_id": False}
    )
    env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 1e6)
for name in ("Bluebird", "Finch"):
    customer = env["res.partner"].create(
        {"name": f"{name} Stores", "is_company": True, "property_product_pricelist": pricelist.id}
    )
    env["res.partner"].create(
        {
            "name": "Store 42",
            "type": "delivery",
            "parent_id": customer.id,
            "om_identifier_ids": [Command.create({"scheme": "buyer", "code": "0042"})],
        }
    )
    mailbox = env["om.edi.mailbox"].create({"name": name, "directory": name.lower(), "quiet_seconds": 0})
    env["om.edi.partner"].create(
        {
            "name": customer.name,
            "partner_id": customer.id,
            "mailbox_id": mailbox.id,
            "identifier": name.upper(),
            "our_identifier": "OMCO",
            "auto_confirm": name == "Bluebird",
        }
    )
    env["om.edi.transport.folder"]._folders(mailbox)
env["ir.cron"].search([]).write({"active": False})
env.cr.commit()
"""

# Where the first segment of a document has the number of what it is about; 0: a 997 answers a group
NUMBER_AT = {"997": 0, "855": 3, "865": 3, "856": 2, "810": 2, "940": 2, "943": 2}

# Small batches, so that a kill meets many different moments.
SMALL_BATCHES = """
from odoo.addons.om_edi_x12.models import om_intake_acting
om_intake_acting.BATCH = 8
"""
PROCESS = SMALL_BATCHES + "env['om.intake']._cron_process()"
POLL = "env['om.edi.mailbox']._cron_poll()"
SEND = "env['om.edi.partner']._cron_send()"
# as a person has it done, who does not wait until the pause after a failure is over
SEND_NOW = "env['om.edi.partner'].search([])._send()"


def wake_schedulers(database, connect=psycopg2.connect):
    """Do what Odoo does when a job is triggered."""
    connection = connect(dbname="postgres")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify('cron_trigger', %s)", [database])
    finally:
        connection.close()


class Trading:
    """The database of the company, the workers on it, and the folders of its mailboxes.

    :param cluster: the ``Cluster`` on which the database is, where it is not the usual one
    """

    def __init__(self, database, log, cluster=None):
        self.database = database
        self.log = log
        self.cluster = cluster
        self.connect = cluster.connect if cluster else psycopg2.connect
        self.root = Path(os.environ["OM_DATA_DIR"]) / "om_edi" / database
        self.connection = self.connect(dbname=database)
        self.connection.autocommit = True
        self.control = 0
        script = Path(__file__).with_name("odoo_workers.py")
        self.parent = subprocess.Popen(
            [os.environ["OM_PYTHON"], str(script), os.environ["OM_ODOO_CONF"], database, str(log)],
            env=cluster.environment if cluster else None,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()
        self.call(SETUP)

    def close(self):
        self.connection.close()
        self.parent.stdin.close()
        self.parent.wait(timeout=30)

    # ------------------------------------------------------------------------------------ workers

    def _answer(self):
        line = self.parent.stdout.readline()
        assert line, f"the workers' parent has ended; see its log:\n{self.log.read_text()[-3000:]}"
        return json.loads(line)

    def _ask(self, **request):
        self.parent.stdin.write(json.dumps(request) + "\n")
        self.parent.stdin.flush()
        return self._answer()

    def start(self, script):
        """Start a worker that runs ``script``; return its process id."""
        return self._ask(run=script)["pid"]

    def kill(self, pid):
        """SIGKILL a worker; return whether it was still at work."""
        os.kill(pid, signal.SIGKILL)
        return self._ask(wait=pid)["code"] == -signal.SIGKILL

    def outcome(self, pid):
        """Wait for a worker that ends by itself, whatever its end: ``(exit code, what it printed)``."""
        answer = self._ask(wait=pid)
        return answer["code"], answer["output"]

    def ended(self, pid):
        """Wait for a worker that ends by itself, whatever its end; return its exit code."""
        return self.outcome(pid)[0]

    def finish(self, pid):
        """Wait for a worker; return what it printed. A worker that failed fails the test."""
        answer = self._ask(wait=pid)
        assert answer["code"] == 0, answer["output"]
        return answer["output"]

    def call(self, script):
        """Run ``script`` in a worker to its end; return what it printed."""
        return self.finish(self.start(script))

    def process(self):
        """Run the job that processes received documents until none waits any more."""
        waiting = "SELECT count(*) FROM om_intake WHERE state IN ('received', 'processing')"
        for _run in range(10):
            self.call(PROCESS)
            if not self.value(waiting):
                return
        raise AssertionError("documents are still waiting")

    # --------------------------------------------------------------------------------------- facts

    def rows(self, query, *args):
        if self.connection.closed:  # its server was restarted
            self.connection = self.connect(dbname=self.database)
            self.connection.autocommit = True
        with self.connection.cursor() as cursor:
            cursor.execute(query, args)
            return cursor.fetchall()

    def value(self, query, *args):
        return self.rows(query, *args)[0][0]

    def wait_for(self, query, *args, seconds=30, wake=False):
        """Poll the database until ``query`` gives something true; return it.

        :param wake: wake the scheduler of a server that has just started; by itself it looks once a minute
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := self.value(query, *args):
                return found
            if wake:
                wake_schedulers(self.database, self.connect)
            time.sleep(0.5 if wake else 0.002)
        raise AssertionError(f"not within {seconds} s: {query} {args}")

    def log_errors(self):
        """What the workers logged since the last call, at warning or above.

        Collisions with other workers do not count: Odoo logs them as errors, and the step is done again.
        """
        entries = re.split(r"^(?=\d{4}-\d\d-\d\d \d\d:)", self.log.read_text(errors="replace"), flags=re.M)
        self.log.write_text("")
        return [
            entry
            for entry in entries
            if re.search(r" (WARNING|ERROR|CRITICAL) ", entry.partition("\n")[0])
            and not re.search(r"odoo\.sql_db: bad query(.|\n)*could not serialize access", entry)
        ]

    # ---------------------------------------------------------------------------------- documents

    def file_of_orders(self, prefix, count, sender="BLUEBIRD", lines=2):
        """Bytes of an interchange with ``count`` purchase orders ``PREFIX-1`` ...; all of them are clean."""
        self.control += 1
        items = [("1", "1", "EA", "100", "VN", "KET-1"), ("2", "2", "EA", "40", "VN", "TOA-1")]
        lines = [(str(n), *items[n % 2][1:]) for n in range(1, lines + 1)]
        orders = (purchase_order(f"{prefix}-{number}", lines) for number in range(1, count + 1))
        return interchange(*orders, control=self.control, sender=sender)

    def receive(self, data, file_name="orders.edi"):
        """Store bytes as an upload does; return the id of the intake."""
        return int(
            self.call(
                f"intake = env['om.intake']._receive({data!r}, 'upload', file_name={file_name!r})\n"
                "env.cr.commit()\n"
                "print(intake.id)"
            )
        )

    def folder(self, name, mailbox="bluebird"):
        return self.root / mailbox / name

    def drop(self, data, name, mailbox="bluebird"):
        """Put a file into a partner's inbox, as a well-behaved partner does."""
        hidden = self.folder("inbox", mailbox) / f".{name}"
        hidden.write_bytes(data)
        hidden.rename(self.folder("inbox", mailbox) / name)

    def assert_each_order_once(self, intake, prefix, count, lines=2, confirmed=True):
        """Every purchase order of the file is an order exactly once, whole and answered."""
        state, message = self.rows("SELECT state, message FROM om_intake WHERE id = %s", intake)[0]
        assert (state, message) == ("done", None)
        found = self.rows(
            "SELECT client_order_ref, state, id FROM sale_order WHERE om_intake_id = %s", intake
        )
        assert Counter(ref for ref, _state, _id in found) == Counter(
            f"{prefix}-{number}" for number in range(1, count + 1)
        )
        assert {state for _ref, state, _id in found} == {"sale" if confirmed else "draft"}
        orders = tuple(order_id for _ref, _state, order_id in found)
        line_counts = self.rows(
            "SELECT order_id, count(*) FROM sale_order_line WHERE order_id IN %s GROUP BY 1", orders
        )
        assert {n for _order, n in line_counts} == {lines} and len(line_counts) == count
        by_set = dict(
            self.rows(
                """SELECT set_id || ' ' || state, count(*) FROM om_edi_transaction
                    WHERE intake_id = %s AND direction = 'in' GROUP BY 1""",
                intake,
            )
        )
        assert by_set == {"850 done": count}
        acknowledged = self.value(
            "SELECT count(*) FROM om_edi_transaction WHERE intake_id = %s AND set_id = '997'", intake
        )
        assert acknowledged == 1
        answers = self.rows(
            """SELECT order_id, count(*) FROM om_edi_transaction
                WHERE set_id = '855' AND order_id IN %s GROUP BY order_id""",
            orders,
        )
        assert {n for _order, n in answers} == ({1} if confirmed else set())
        assert len(answers) == (count if confirmed else 0)
        received = self.value(
            "SELECT count(*) FROM om_order_event WHERE kind = 'received' AND order_id IN %s", orders
        )
        assert received == count

    def sent_documents(self, mailbox):
        """``[(set id, number of what it is about)]`` of all files in an outbox; each must be whole."""
        documents, controls = [], []
        for path in self.folder("outbox", mailbox).iterdir():
            assert not path.name.startswith("."), f"{path.name} was left half-written"
            segments = [segment.strip().split("*") for segment in path.read_text().split("~")]
            assert segments[0][0] == "ISA" and segments[-2][0] == "IEA", f"{path.name} is not whole"
            controls.append(int(segments[0][13]))
            for segment, following in itertools.pairwise(segments):
                if segment[0] == "ST":
                    place = NUMBER_AT.get(segment[1], 2)
                    documents.append(
                        (segment[1], " ".join(following[1:3]) if not place else following[place])
                    )
        assert sorted(controls) == list(range(1, len(controls) + 1)), "gap-free, and each number once"
        return sorted(documents)

    def sent(self, mailbox="bluebird"):
        """``(control numbers, purchase order numbers answered, 997s)`` of all files in an outbox."""
        controls, answered, acks = [], [], 0
        for path in self.folder("outbox", mailbox).iterdir():
            segments = [segment.strip().split("*") for segment in path.read_text().split("~")]
            assert segments[0][0] == "ISA" and segments[-2][0] == "IEA", f"{path.name} is not whole"
            controls.append(int(segments[0][13]))
            answered += [segment[3] for segment in segments if segment[0] == "BAK"]
            acks += sum(segment[:2] == ["ST", "997"] for segment in segments)
        return sorted(controls), answered, acks
