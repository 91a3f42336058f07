"""A real OpenSSH server that serves one folder by SFTP, for tests; needs no Odoo.

Started by ourselves on a free port, with keys of its own; it ends with the test. A proxy before it cuts the
line in mid-file.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
FOLDERS = ("inbox", "outbox")
CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {home}/host_key
AuthorizedKeysFile {home}/authorized_keys
PidFile {home}/pid
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
PermitRootLogin yes
MaxStartups 100
Subsystem sftp internal-sftp
ForceCommand internal-sftp -d {root} {options}
"""


def why_no_sshd():
    """Why there can be no server here, or ``""``."""
    if not os.access(SSHD, os.X_OK) or not shutil.which("ssh-keygen"):
        return "no OpenSSH server on this machine: apt-get install openssh-server"
    return ""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sshd:
    """A running server. ``options`` go to ``internal-sftp``, such as ``-P rename`` to refuse renaming."""

    def __init__(self, options=""):
        self.home = Path(tempfile.mkdtemp(prefix="om-sshd-"))
        self.root = self.home / "root"
        for name in FOLDERS:
            (self.root / name).mkdir(parents=True)
        self.login = subprocess.check_output(["id", "-un"], text=True).strip()
        self.port = free_port()
        self.new_host_key()
        self._keygen("user_key")
        shutil.copy(self.home / "user_key.pub", self.home / "authorized_keys")
        self.config = self.home / "sshd_config"
        self.config.write_text(CONFIG.format(port=self.port, home=self.home, root=self.root, options=options))
        self.start()

    def _keygen(self, name):
        path = self.home / name
        path.unlink(missing_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True, input=b"y\n")

    def new_host_key(self):
        """Make another host key; it counts from the next start."""
        self._keygen("host_key")

    @property
    def host_key(self):
        return " ".join((self.home / "host_key.pub").read_text().split()[:2])

    @property
    def fingerprint(self):
        shown = subprocess.check_output(["ssh-keygen", "-l", "-f", self.home / "host_key.pub"], text=True)
        return shown.split()[1]

    @property
    def private_key(self):
        return (self.home / "user_key").read_text()

    def start(self):
        """Start the server, and wait until it answers."""
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        log = open(self.home / "log", "ab")
        self.process = subprocess.Popen([SSHD, "-D", "-e", "-f", self.config], stdout=log, stderr=log)
        log.close()
        for _attempt in range(200):
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                    if connection.recv(4) == b"SSH-":
                        return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"sshd does not start:\n{(self.home / 'log').read_text()}")

    def stop(self):
        """Stop listening; connections that are open end with their clients."""
        self.process.terminate()
        self.process.wait(timeout=10)

    def close(self):
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def values(self, **more):
        """Values of a mailbox on this server."""
        return {
            "transport": "sftp",
            "host": "127.0.0.1",
            "port": self.port,
            "login": self.login,
            "host_key": self.host_key,
            "private_key": self.private_key,
            "quiet_seconds": 0,
            **more,
        }

    def put(self, name, data):
        """Put a file into the inbox, as a well-behaved partner does."""
        hidden = self.root / "inbox" / ".upload"
        hidden.write_bytes(data)
        os.rename(hidden, os.path.join(os.fsencode(self.root / "inbox"), os.fsencode(name)))

    def names(self, folder):
        """Names in a folder of the server, without the keys of claims."""
        path = self.root / folder
        return sorted(entry.name.rpartition("__")[2] for entry in path.iterdir()) if path.is_dir() else []


class CuttingProxy:
    """Passes bytes to a server, and cuts the line when so many were sent by the server, or to it."""

    def __init__(self, port, cut_after=None, cut_upload_after=None):
        self.target = port
        self.cut_after = cut_after
        self.cut_upload_after = cut_upload_after
        self.cuts = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _address = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            for args in ((client, server, self.cut_upload_after), (server, client, self.cut_after)):
                threading.Thread(target=self._pass, args=args, daemon=True).start()

    def _pass(self, source, target, budget):
        with suppress(OSError):
            while data := source.recv(8192):
                if budget is not None:
                    budget -= len(data)
                    if budget < 0:
                        self.cuts += 1
                        break
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self):
        self.listener.close()
