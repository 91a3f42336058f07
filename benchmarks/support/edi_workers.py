"""Orders a minute with one worker and with two, on one database and one trading partner.

    ./om bench edi_workers [--files 8] [--orders 25] [--lines 15] [--rounds 3] [--no-confirm]

The same files are received and committed beforehand; then as many processes as the round has workers do what
Odoo's scheduled job does, until none is left: claim a file, act on it batch by batch, commit. All files come
from one partner and order the same articles, which is the worst case for locks. Then the same workers put
what they owe into interchanges and deliver it. A sampler looks twenty times a second who waits for whom.
"""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import psycopg2

from .database import create_database, open_odoo
from .edi_company import Company
from .output import say

TARGET = 1.8
LEFT = "SELECT count(*) FROM om_intake WHERE state IN ('received', 'processing')"
# Only who is active now; what it waits for, and what the one does that it waits for
WAITING = """SELECT a.wait_event, left(regexp_replace(a.query, '\\s+', ' ', 'g'), 70),
       (SELECT left(regexp_replace(b.query, '\\s+', ' ', 'g'), 70) FROM pg_stat_activity b
         WHERE b.pid = ANY(pg_blocking_pids(a.pid)) LIMIT 1)
  FROM pg_stat_activity a
 WHERE a.datname = current_database() AND a.wait_event_type = 'Lock' AND a.state = 'active'"""
COLLIDED = ("could not serialize", "deadlock detected", "could not obtain lock")
PHASES = ("intake", "sending")


def compare(files, orders, lines, rounds, confirm, batch=None):
    """Measure one worker and two, in turn; say the figures.

    :return: how many times the orders a minute of one worker two have, the median of the rounds
    """
    database = f"{os.environ['OM_DB_PREFIX']}_edi_workers"
    create_database(database, os.environ["OM_TEMPLATE_DB"])
    env, cursor = open_odoo(database)
    with closing(cursor):
        company = Company(env)
        company.edi_partner.auto_confirm = confirm
        company.edi_partner.mailbox_id = env["om.edi.mailbox"].create(
            {"name": "Bench", "directory": f"bench{os.getpid()}", "quiet_seconds": 0}
        )
        env["om.edi.transport.folder"]._folders(company.edi_partner.mailbox_id)
        env["ir.cron"].search([]).active = False
        env.cr.commit()
        bench = Workers(database, company, batch)
        try:
            bench.round(2, 2, 2, lines)  # registries, caches and prepared plans are warm for all
            results = {1: [], 2: []}
            for number in range(rounds):
                # by turns: each round finds more orders in the database than the one before
                for count in (1, 2) if number % 2 == 0 else (2, 1):
                    results[count].append(bench.round(count, files, orders, lines))
        finally:
            bench.close()
    return report(results, files * orders)


def report(results, orders):
    say(
        f"\n{'workers':>8}{'phase':>9}{'per min':>12}{'CPU':>11}{'cores':>7}{'alone':>11}{'locks':>8} retries"
    )
    speed, alone = {}, {}
    for phase in PHASES:
        for count, rounds in results.items():
            middle = {
                name: statistics.median(done[phase][name] for done in rounds)
                for name in rounds[0][phase]
                if name not in ("blocked", "collided")
            }
            speed[phase, count] = orders * 60 / middle["seconds"]
            alone[phase, count] = orders * 60 / middle["alone"]
            say(
                f"{count:>8}{phase:>9}{speed[phase, count]:>12.0f}{1000 * middle['cpu'] / orders:>9.1f}ms"
                f"{middle['cpu'] / middle['seconds']:>7.2f}{alone[phase, count]:>11.0f}"
                f"{100 * middle['waits']:>7.1f}%"
                f"{middle['retries']:>9.0f}"
            )
    blocked = sum((done[phase]["blocked"] for phase in PHASES for done in results[2]), Counter())
    for (event, query, by), times in blocked.most_common(5):
        say(f"  {times:>5} looks: {event}: {query}\n{'':>15}while: {by}")
    collided = sum((done[phase]["collided"] for phase in PHASES for done in results[2]), Counter())
    for text, times in collided.most_common(5):
        say(f"  {times:>5} collided: {text}")
    ratio = speed["intake", 2] / speed["intake", 1]
    say(
        f"\ntwo workers: {ratio:.2f} times the orders a minute of one (target {TARGET})"
        f"; without what they waited for cores that others had: {alone['intake', 2] / alone['intake', 1]:.2f}"
        f"; sending {speed['sending', 2] / speed['sending', 1]:.2f} times"
    )
    return ratio


class Workers:
    """Processes of Odoo that wait for a word to work, and what is measured of them."""

    def __init__(self, database, company, batch):
        self.database, self.company = database, company
        self.number = 0
        command = [sys.executable, "-m", "support.edi_workers", database, str(batch or "")]
        self.processes = [
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=Path(__file__).parent.parent,
            )
            for _worker in range(2)
        ]
        for process in self.processes:
            self.answer(process)
        self.connection = psycopg2.connect(dbname=database)
        self.connection.autocommit = True

    def close(self):
        self.connection.close()
        for process in self.processes:
            process.stdin.close()
            process.wait(timeout=60)

    @staticmethod
    def answer(process):
        line = process.stdout.readline()
        if not line:
            raise SystemExit("a worker has ended; see its message above")
        return json.loads(line)

    def round(self, workers, files, orders, lines):
        env = self.company.env
        for _file in range(files):
            self.number += 1
            data = self.company.orders(orders, lines, number=f"W{self.number}")
            env["om.intake"]._receive(data, "api", file_name=f"w{self.number}.edi")
        env.cr.commit()
        result = {phase: self.phase(phase, workers) for phase in PHASES}
        with self.connection.cursor() as cursor:
            cursor.execute(LEFT)
            if cursor.fetchone()[0]:
                raise SystemExit("documents are left")
        env.cr.rollback()
        env.invalidate_all()
        return result

    def phase(self, phase, workers):
        chosen = self.processes[:workers]
        over, looks, blocked = threading.Event(), [0], Counter()
        sampler = threading.Thread(target=self.sample, args=(over, looks, blocked))
        sampler.start()
        begin = time.monotonic()
        for process in chosen:
            process.stdin.write(f"{phase}\n")
            process.stdin.flush()
        answers = [self.answer(process) for process in chosen]
        seconds = time.monotonic() - begin
        over.set()
        sampler.join()
        return {
            "seconds": seconds,
            "cpu": sum(answer["cpu"] for answer in answers),
            # on a machine of their own they would have needed that much less
            "alone": seconds - statistics.mean(answer["core"] for answer in answers),
            "retries": sum(len(answer["retries"]) for answer in answers),
            "collided": Counter(text for answer in answers for text in answer["retries"]),
            "waits": sum(blocked.values()) / max(looks[0], 1) / workers,
            "blocked": blocked,
        }

    def sample(self, over, looks, blocked):
        with self.connection.cursor() as cursor:
            while not over.wait(0.05):
                cursor.execute(WAITING)
                looks[0] += 1
                blocked.update(cursor.fetchall())


def work(database, batch):
    """Be a worker: do what each line on stdin says until there is nothing left of it."""
    import logging

    env, cursor = open_odoo(database, "--log-level", "critical")
    if batch:
        from odoo.addons.om_edi_x12.models import om_intake_acting

        om_intake_acting.BATCH = int(batch)
    retries = []

    class Retries(logging.Filter):
        def filter(self, record):
            text = record.getMessage()
            if any(sign in text for sign in COLLIDED):
                retries.append(" ".join(text.split())[:150])
            return False

    logging.getLogger("odoo.sql_db").addFilter(Retries())
    logging.getLogger("odoo.sql_db").setLevel("ERROR")
    steps = {
        "intake": env["om.intake"]._cron_process,
        "sending": env["om.edi.partner"].search([])._send,
    }
    left = {
        "intake": LEFT,
        "sending": """SELECT count(*) FROM om_edi_transaction WHERE direction = 'out'
                         AND state IN ('ready', 'wrapped')""",
    }
    cursor.commit()
    tell({"ready": True})
    for line in sys.stdin:
        phase = line.strip()
        retries.clear()
        before, waited = cpu(cursor), for_a_core(cursor)
        while True:
            steps[phase]()
            cursor.execute(left[phase])
            (count,) = cursor.fetchone()
            cursor.rollback()
            env.invalidate_all()
            if not count:
                break
            time.sleep(0.2)  # the other worker has the last file
        tell({"cpu": cpu(cursor) - before, "core": for_a_core(cursor) - waited, "retries": retries})


def cpu(cursor):
    """Processor seconds of this process and of its PostgreSQL backend, where that runs on this machine."""
    try:
        with open(f"/proc/{cursor._cnx.get_backend_pid()}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return time.process_time()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def for_a_core(cursor):
    """Seconds that this process and its backend were ready to run while others had the cores."""
    seconds = 0.0
    for pid in ("self", cursor._cnx.get_backend_pid()):
        try:
            with open(f"/proc/{pid}/schedstat") as file:
                seconds += int(file.read().split()[1]) / 1e9
        except OSError:
            return 0.0
    return seconds


def tell(message):
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    work(*sys.argv[1:])
