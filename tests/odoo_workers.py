"""An Odoo process that forks workers when asked, as Odoo's own prefork server does: they start at once.

Run as ``python odoo_workers.py CONF DATABASE LOG``. Each line on stdin is a JSON object:
``{"run": SCRIPT}`` forks a worker, which executes SCRIPT with ``env`` in a transaction of its own, and
answers with its process id; ``{"wait": PID}`` waits for it and answers with its exit code and output.
"""

import contextlib
import json
import os
import sys
import tempfile
import traceback


def main(conf, database, log):
    os.environ["ODOO_RC"] = conf
    from odoo import sql_db
    from odoo.modules.registry import Registry
    from odoo.service.server import load_server_wide_modules
    from odoo.tools import config

    config.parse_config(["-c", conf, "-d", database, "--no-http", "--logfile", log], setup_logging=True)
    load_server_wide_modules()
    registry = Registry(database)
    outputs = {}
    answer({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        if "run" in request:
            sql_db.close_all()  # a connection can't be shared with a child
            output = tempfile.NamedTemporaryFile("w+", suffix=".out", delete=False)
            pid = os.fork()
            if not pid:
                with output:
                    work(registry, request["run"], output)
            outputs[pid] = output
            answer({"pid": pid})
        else:
            pid = request["wait"]
            status = os.waitpid(pid, 0)[1]
            output = outputs.pop(pid)
            with output, open(output.name) as written:
                answer({"code": os.waitstatus_to_exitcode(status), "output": written.read()})
            os.unlink(output.name)


def answer(message):
    print(json.dumps(message), flush=True)


def work(registry, script, output):
    """Be a worker: run ``script`` and end this process."""
    from odoo import SUPERUSER_ID, api

    code = 1
    try:
        with contextlib.redirect_stdout(output), registry.check_signaling().cursor() as cursor:
            exec(script, {"env": api.Environment(cursor, SUPERUSER_ID, {})})  # noqa: S102
            code = 0
    except BaseException:
        traceback.print_exc(file=output)
    finally:
        output.flush()
        os._exit(code)


if __name__ == "__main__":
    main(*sys.argv[1:])
