import errno
import logging
import os
import signal
import time
import uuid
from functools import partial
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on this system
    fcntl = None

from odoo import api, models
from odoo.tools import config

from .om_edi_transport import NAME_BYTES, PARTIAL

_logger = logging.getLogger(__name__)

FOLDERS = ("inbox", "processing", "archive", "outbox")


class OmEdiTransportFolder(models.AbstractModel):
    """Files in a folder of the server.

    ``inbox/F`` is claimed by renaming it to ``processing/<uuid>__F``: of two workers one wins, and the
    uuid is the delivery's identity, so that the same name may come again tomorrow. It is read, stored
    and committed by the caller, and then renamed to ``archive/``. A worker that dies leaves its claim
    in ``processing``; the next poll takes it from there, and its identity keeps it from being stored
    twice. Names given by partners are only ever joined to these folders after they were listed there.
    """

    _name = "om.edi.transport.folder"
    _inherit = "om.edi.transport"
    _description = "EDI Transport: Folder"

    @api.model
    def _root(self):
        """This database's EDI folder: system parameter ``om_edi_x12.folder``, or in the server's data."""
        # sudo: system parameters are readable by administrators only
        folder = self.env["ir.config_parameter"].sudo().get_param("om_edi_x12.folder")
        return Path(folder or os.path.join(config["data_dir"], "om_edi", self.env.cr.dbname))

    @api.model
    def _path(self, mailbox):
        """Folder of ``mailbox``."""
        return self._root() / (mailbox.directory or "")

    @api.model
    def _folders(self, mailbox):
        """Folders of ``mailbox``, made where missing: ``(inbox, processing, archive, outbox)``."""
        folders = [self._path(mailbox) / name for name in FOLDERS]
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        return folders

    @api.model
    def _collect(self, mailbox):
        """Yield ``(delivery key, file name, bytes, archive)`` of each complete file."""
        inbox, processing, archive, _outbox = self._folders(mailbox)
        problem = None
        for path in self._complete_files(inbox, mailbox.quiet_seconds):
            try:
                problem = self._too_large(path.name, path.stat().st_size) or problem
                if path.stat().st_size <= self._max_bytes():
                    path.rename(processing / f"{uuid.uuid4().hex}__{self._short(path.name)}")
            except OSError as error:
                if path.exists():
                    problem = error
                # else another worker has it, or the partner took it back
        for claim in self._claims(processing):
            key, _separator, name = claim.name.partition("__")
            try:
                size = claim.stat().st_size
                data = claim.read_bytes()
                if len(data) != size or self._is_being_written(claim):
                    continue  # the partner is still writing; the next poll finds it here
            except FileNotFoundError:
                continue  # another worker was faster
            except OSError as error:
                problem = problem or error  # of this file only
                continue
            yield f"folder:{key}", name, data, partial(self._archive, claim, archive, size)
        if problem:
            raise problem

    @api.model
    def _short(self, name):
        """``name`` with room for a key before it."""
        return os.fsdecode(os.fsencode(name)[-NAME_BYTES:])

    @api.model
    def _claims(self, processing):
        """Claimed files, oldest first, also those of workers that died."""
        claims = []
        for entry in os.scandir(processing):
            try:
                if "__" in entry.name and entry.is_file(follow_symlinks=False):
                    claims.append((entry.stat(follow_symlinks=False).st_mtime, entry.path))
            except FileNotFoundError:
                continue  # another worker was faster
        return [Path(path) for _mtime, path in sorted(claims)]

    @api.model
    def _archive(self, claim, archive, size):
        """Put a stored file away. One that has grown since it was read comes again, as another delivery."""
        _key, separator, name = claim.name.partition("__")
        try:
            if claim.stat().st_size != size:
                claim.rename(claim.with_name(f"{uuid.uuid4().hex}{separator}{name}"))
            else:
                claim.rename(archive / claim.name)
        except FileNotFoundError:
            _logger.info("EDI: another worker archived %s", claim.name)

    @api.model
    def _is_being_written(self, path):
        """Has a process on this machine the file open for writing? Linux tells it by refusing a read lease.

        ``False`` as well where that can't be told: another system, a network folder, a file of another
        user. Then a file is complete when it does not change any more.
        """
        try:
            with open(path, "rb") as file:
                if hasattr(fcntl, "F_SETLEASE"):
                    fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)  # a signal that is ignored
                    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
                    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError as error:
            return error.errno in (errno.EAGAIN, errno.ENOENT)
        return False

    @api.model
    def _complete_files(self, inbox, quiet_seconds):
        """Files of ``inbox`` that have not changed for ``quiet_seconds``; waits at most that long once."""

        def listing():
            entries = {}
            for entry in os.scandir(inbox):
                name = entry.name.lower()
                if (
                    entry.is_file(follow_symlinks=False)
                    and not name.startswith(".")
                    and not name.endswith(PARTIAL)
                ):
                    stat = entry.stat(follow_symlinks=False)
                    entries[entry.name] = (stat.st_size, stat.st_mtime_ns)
            return entries

        before = listing()
        youngest = max((mtime for _size, mtime in before.values()), default=0) / 1e9
        pause = min(youngest + quiet_seconds - time.time(), quiet_seconds)
        if pause > 0:
            time.sleep(pause)
        after = listing() if pause > 0 else before
        unchanged = [inbox / name for name in sorted(before) if after.get(name) == before[name]]
        return [path for path in unchanged if not self._is_being_written(path)]

    @api.model
    def _test(self, mailbox):
        inbox, _processing, _archive, outbox = self._folders(mailbox)
        for folder in (inbox, outbox):
            if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                raise PermissionError(self.env._("Odoo may not read and write %s.", folder))
        waiting = sum(entry.is_file() for entry in os.scandir(inbox))
        return self.env._("Files that wait in the inbox: %s", waiting)

    @api.model
    def _deliver(self, mailbox, file_name, data):
        """Put a file into the outbox: written under a hidden name, synced, then renamed."""
        outbox = self._folders(mailbox)[3]
        # One name per document: what a killed worker left is overwritten when the step is repeated. No two
        # workers write it, for whoever delivers an interchange holds its row.
        temporary = outbox / f".{file_name}.tmp"
        try:
            with open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(outbox / file_name)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        directory = os.open(outbox, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
