"""Workers that kill themselves at every step that others can see: a commit, or a file that gets a name."""

import signal

# Put before the script of a worker. Functions of ours that lead to a step, and the line in each, name it.
DIE_AT_THE_FIRST_NEW_STEP = """
import os, signal, sys
from odoo.sql_db import Cursor

survived, report = set({survived!r}), {report!r}

def way_here():
    frame, way = sys._getframe(2), []
    while frame:
        code = frame.f_code
        if "/om_" in code.co_filename or code.co_filename == "<string>":
            way.insert(0, f"{{code.co_name}}:{{frame.f_lineno}}")
        if code.co_name == "in_step":
            done = getattr(frame.f_locals["function"], "__self__", None)
            if getattr(done, "_name", "") == "om.edi.interchange":
                way.insert(0, done.sets)
        frame = frame.f_back
    return " > ".join(way)

def perhaps_die(step):
    if step not in survived:
        with open(report, "w") as file:
            file.write(step)
        os.kill(os.getpid(), signal.SIGKILL)

commit = Cursor.commit
def commit_and_perhaps_die(self):
    self.flush()
    self.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
    [writes] = self.fetchone()
    way = way_here() if writes else ""
    if writes:
        perhaps_die(f"before the commit in {{way}}")
    commit(self)
    if writes:
        perhaps_die(f"after the commit in {{way}}")

rename = os.rename
def rename_and_perhaps_die(source, target, **options):
    kind, mark, _rest = os.path.basename(target).partition("_")  # files to send begin with their kind
    way = f"{{way_here()}} ({{kind if mark and len(kind) == 3 else 'file'}})"
    perhaps_die(f"before the rename in {{way}}")
    rename(source, target, **options)
    perhaps_die(f"after the rename in {{way}}")

Cursor.commit, os.rename, os.replace = commit_and_perhaps_die, rename_and_perhaps_die, rename_and_perhaps_die
"""
# One document a step, so that a kill meets a file of which one half is done
PREPARE = """
from odoo.addons.om_edi_x12.models import om_intake_acting
om_intake_acting.BATCH = 1
"""


def kill_at_every_step(trading, script, folder):
    """Run ``script`` in worker after worker until one comes to its end.

    Each is killed at the first step at which none was killed before, and the next one takes over what it
    has left.

    :param folder: a ``Path`` for notes
    :return: the steps
    """
    report, steps = folder / "step", []
    while True:
        head = PREPARE + DIE_AT_THE_FIRST_NEW_STEP.format(survived=steps, report=str(report))
        code, output = trading.outcome(trading.start(head + script))
        if code != -signal.SIGKILL:
            assert code == 0, output
            return steps
        steps.append(report.read_text())
        assert len(steps) < 100, "it does not come to an end"
