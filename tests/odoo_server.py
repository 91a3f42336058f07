"""Odoo's own HTTP server, as a process of its own."""

import os
import socket
import subprocess
import time
import urllib.request

from conftest import odoo_command


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """Odoo's own HTTP server on the trading company's database, without scheduled jobs."""

    def __init__(self, trading, log):
        self.port = free_port()
        self.log = log
        options = ["-c", os.environ["OM_ODOO_CONF"], "-d", trading.database, "--http-interface=127.0.0.1"]
        options += [f"--http-port={self.port}", "--max-cron-threads=0", "--logfile", str(log)]
        self.process = subprocess.Popen(odoo_command(*options))
        self.url = f"http://127.0.0.1:{self.port}"
        for _attempt in range(600):
            try:
                urllib.request.urlopen(f"{self.url}/web/health", timeout=5)
                return
            except OSError:
                assert self.process.poll() is None, log.read_text()[-3000:]
                time.sleep(0.1)
        raise AssertionError("Odoo does not answer")

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=60)
