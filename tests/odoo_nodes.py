"""Nodes on one database: Odoo servers with OCA's job queue, and a load balancer in front of them."""

import os
import socket
import subprocess
import threading
import time
import urllib.request
from contextlib import suppress

from conftest import odoo_command


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Balancer:
    """Hands each connection to the next node that takes it, as a load balancer in front of the nodes does."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.ports, self._turn = [], 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        with suppress(OSError):  # closed
            while True:
                client, _address = self.listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client:
            for _node in range(len(self.ports)):
                self._turn += 1
                with suppress(OSError):
                    node = socket.create_connection(
                        ("127.0.0.1", self.ports[self._turn % len(self.ports)]), 5
                    )
                    break
            else:
                return
            with node:
                back = threading.Thread(target=self._pass_on, args=(node, client), daemon=True)
                back.start()
                self._pass_on(client, node)
                back.join()

    @staticmethod
    def _pass_on(source, target):
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


class Node:
    """An Odoo server that does jobs: those that the balancer hands to it."""

    def __init__(self, database, log, balancer, *options, channels="root:4"):
        self.log = log
        self.port = free_port()
        environment = {
            **os.environ,
            "ODOO_QUEUE_JOB_CHANNELS": channels,
            "ODOO_QUEUE_JOB_HOST": "127.0.0.1",
            "ODOO_QUEUE_JOB_PORT": str(balancer.port),
        }
        command = ["-c", os.environ["OM_ODOO_CONF"], "-d", database, "--load=base,rpc,web,queue_job"]
        command += [f"--http-port={self.port}", "--logfile", str(log), *options]
        self.process = subprocess.Popen(odoo_command(*command), env=environment)
        self.pid = self.process.pid
        for _attempt in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/web/health", timeout=5)
                break
            except OSError:
                assert self.process.poll() is None, log.read_text()[-3000:]
                time.sleep(0.1)
        else:
            raise AssertionError("Odoo does not answer")
        balancer.ports.append(self.port)

    def kill(self):
        """SIGKILL: nothing is tidied up."""
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=60)
