"""A PostgreSQL server of one test, which the test may restart without harm to others."""

import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg2

SETTINGS = """
listen_addresses = ''
fsync = off
full_page_writes = off
"""


def _binaries():
    found = [path for path in glob.glob("/usr/lib/postgresql/*/bin/initdb") if os.access(path, os.X_OK)]
    found.sort(key=lambda path: [int(part) for part in path.split("/") if part.isdecimal()])
    initdb = found[-1] if found else shutil.which("initdb")
    return Path(os.path.realpath(initdb)).parent if initdb else None


def why_no_cluster():
    """Why this machine can't have a PostgreSQL server of our own; empty when it can."""
    if not _binaries():
        return "no initdb on this machine"
    if not os.geteuid() and "postgres" not in [user.pw_name for user in pwd.getpwall()]:
        return "PostgreSQL does not run as root, and there is no user postgres"
    return ""


class Cluster:
    """The server. ``home`` is the folder of its socket, which is PGHOST for its clients."""

    user = "om"

    def __init__(self):
        self.binaries = _binaries()
        self.home = Path(tempfile.mkdtemp(prefix="om-pg-"))  # a socket's path may have 107 characters
        self.data = self.home / "data"
        if not os.geteuid():
            shutil.chown(self.home, "postgres")
        self.environment = {**os.environ, "PGHOST": str(self.home), "PGPORT": "5432", "PGUSER": self.user}
        self._run(
            "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"
        )
        with open(self.data / "postgresql.conf", "a") as settings:
            settings.write(SETTINGS)
        self._control("start")
        self._run("createuser", "-h", self.home, "-U", "postgres", "--createdb", self.user)

    def _run(self, program, *args, **options):
        as_owner = [] if os.geteuid() else ["runuser", "-u", "postgres", "--"]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        command = [*as_owner, str(self.binaries / program), *map(str, args)]
        options = {"env": clean, "stdout": subprocess.DEVNULL, "cwd": "/", **options}
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, **options)

    def _control(self, *action):
        options = ("-D", self.data, "-w", "-l", self.home / "server.log", "-o", f"-k {self.home}")
        self._run("pg_ctl", *options, *action, stderr=subprocess.DEVNULL)

    def restart(self, mode="immediate"):
        """Restart the server; ``immediate`` as after a crash: nobody is waited for."""
        self._control("-m", mode, "restart")

    def stop(self):
        self._control("-m", "immediate", "stop")

    def start(self):
        self._control("start")

    def copy(self, database, name):
        """Copy a database of the other server, the one that PGHOST names, to this one."""
        self._run("createdb", "-h", self.home, "-U", self.user, "-T", "template0", name)
        dump = subprocess.Popen(
            [self.binaries / "pg_dump", "--no-owner", "--no-privileges", database], stdout=subprocess.PIPE
        )
        load = ["-XqAt", "-h", self.home, "-U", self.user, "-d", name, "-o", "/dev/null"]
        subprocess.run([self.binaries / "psql", *load], stdin=dump.stdout, check=True)
        assert not dump.wait()

    def connect(self, dbname):
        return psycopg2.connect(host=str(self.home), port=5432, user=self.user, dbname=dbname)

    def close(self):
        self.stop()
        shutil.rmtree(self.home)
