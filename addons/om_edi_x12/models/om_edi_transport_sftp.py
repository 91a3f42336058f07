import hashlib
import io
import time
import uuid
from contextlib import contextmanager, suppress
from functools import partial

from odoo import api, models

from .om_edi_transport import NAME_BYTES, PARTIAL

# Of PostgreSQL's advisory locks: one worker at a time in a mailbox whose server can't rename.
LOCK = 0x5F7B


class OmEdiTransportSftp(models.AbstractModel):
    """Files on a partner's SFTP server, over one connection per visit.

    Where the server can rename, the protocol is that of the folder transport: ``fetch/F`` is claimed by
    renaming it to ``processing/<uuid>__F``, read, stored and committed by the caller, and then renamed to
    the archive or deleted. Every visit begins with what an earlier one left in ``processing``.

    Where it can't, one worker at a time reads a file, has it stored under a key made of its name, size,
    time and bytes, and deletes it.

    A name is joined to a folder only after it was listed there, and never when it has a slash.
    """

    _name = "om.edi.transport.sftp"
    _inherit = "om.edi.transport"
    _description = "EDI Transport: SFTP"

    @contextmanager
    def _connected(self, mailbox):
        """Give a connection and the module that speaks over it."""
        from .. import sftp  # paramiko costs a worker 10 MB: only who uses it pays

        # sudo: host key and secrets are for code that connects, whoever has it connect
        mailbox = mailbox.sudo()
        if not mailbox.host_key:
            raise OSError(self.env._("The host key of %s is not accepted yet.", mailbox.host))
        try:
            with sftp.connected(
                mailbox.host,
                mailbox.port,
                mailbox.login,
                mailbox.host_key,
                mailbox._secret("password"),
                mailbox._secret("private_key"),
                mailbox._secret("key_passphrase"),
            ) as connection:
                yield connection, sftp
        except ValueError as error:  # a key that can't be read
            raise OSError(str(error)) from error

    # ------------------------------------------------------------------------------------ fetching

    @api.model
    def _collect(self, mailbox):
        """Yield ``(delivery key, file name, bytes, archive)`` of each complete file."""
        with self._connected(mailbox) as (connection, sftp):
            collect = self._collect_by_renaming if mailbox.can_rename else self._collect_by_deleting
            yield from collect(mailbox, connection, sftp)

    @api.model
    def _collect_by_renaming(self, mailbox, connection, sftp):
        for folder in filter(None, (mailbox.processing_folder, mailbox.archive_folder)):
            if not sftp.exists(connection, folder):
                connection.mkdir(folder)
        problems = []
        for name, (size, _time) in self._complete_files(mailbox, connection, sftp).items():
            if problem := self._too_large(name, size):
                problems.append(problem)
                continue
            path = sftp.join(mailbox.fetch_folder, name)
            try:
                self._claim(connection, path, self._claim_path(mailbox, name, sftp))
            except (TimeoutError, ConnectionError):
                raise
            except OSError as error:
                # A race that was lost shows as "no such file" or as a plain "failure", by server.
                if sftp.exists(connection, path):
                    problems.append(error)
        claims = sftp.listing(connection, mailbox.processing_folder)
        for claim in sorted(claims, key=lambda name: claims[name][1] or 0):
            key, separator, name = claim.partition(b"__")
            if not separator:
                continue
            path = sftp.join(mailbox.processing_folder, claim)
            try:
                data = self._read(connection, path, sftp)
                if connection.stat(path).st_size != len(data):
                    continue  # the partner is still writing, or it is too large; the next visit finds it here
            except FileNotFoundError:
                continue  # another worker was faster
            except (TimeoutError, ConnectionError):
                raise
            except OSError as error:
                problems.append(error)  # of this file only
                continue
            archive = partial(self._archive, mailbox, connection, path, claim, len(data), sftp)
            text = name.decode(errors="replace")
            yield f"sftp:{mailbox.id}:{key.decode(errors='replace')}", text, data, archive
        if problems:
            raise problems[0]

    @api.model
    def _claim_path(self, mailbox, name, sftp):
        return sftp.join(mailbox.processing_folder, uuid.uuid4().hex.encode() + b"__" + name[-NAME_BYTES:])

    @api.model
    def _claim(self, connection, path, claim):
        """Take a file: of two workers one wins."""
        connection.rename(path, claim)

    @api.model
    def _read(self, connection, path, sftp):
        """The bytes of a file on the server."""
        return sftp.read(connection, path, self._max_bytes())

    @api.model
    def _archive(self, mailbox, connection, path, claim, size, sftp):
        """Put a stored file away. One that has grown since it was read comes again, as another delivery."""
        with suppress(FileNotFoundError), sftp.as_os_errors():  # another worker may have put it away
            if connection.stat(path).st_size != size:
                _key, _separator, name = claim.partition(b"__")
                connection.rename(path, self._claim_path(mailbox, name, sftp))
            elif mailbox.archive_folder:
                connection.rename(path, sftp.join(mailbox.archive_folder, claim))
            else:
                connection.remove(path)

    @api.model
    def _collect_by_deleting(self, mailbox, connection, sftp):
        problems = []
        with self._only_worker(mailbox) as mine:
            if not mine:
                return
            for name, (size, mtime) in self._complete_files(mailbox, connection, sftp).items():
                path = sftp.join(mailbox.fetch_folder, name)
                if problem := self._too_large(name, size):
                    problems.append(problem)
                    continue
                try:
                    data = self._read(connection, path, sftp)
                except FileNotFoundError:
                    continue  # the partner took it back
                except (TimeoutError, ConnectionError):
                    raise
                except OSError as error:
                    problems.append(error)
                    continue
                if len(data) != size:
                    continue  # it changes; the next visit looks again
                identity = repr((name, size, mtime, hashlib.sha256(data).hexdigest()))
                key = f"sftp:{mailbox.id}:{hashlib.sha256(identity.encode()).hexdigest()}"
                yield (
                    key,
                    name.decode(errors="replace"),
                    data,
                    partial(self._delete, connection, path, (size, mtime), sftp),
                )
        if problems:
            raise problems[0]

    @contextmanager
    def _only_worker(self, mailbox):
        """Tell whether this worker may work in the mailbox; while it does, no other may.

        The lock hangs on a transaction of its own, for the files are committed one by one. It goes with
        the process.
        """
        with self.env.registry.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (LOCK, mailbox.id))
            yield cursor.fetchone()[0]

    @api.model
    def _delete(self, connection, path, seen, sftp):
        """Remove a stored file from the server, unless the partner has put another one there since."""
        with suppress(FileNotFoundError), sftp.as_os_errors():
            now = connection.stat(path)
            if (now.st_size, now.st_mtime) == seen:
                connection.remove(path)

    @api.model
    def _complete_files(self, mailbox, connection, sftp):
        """``{name: (size, time)}`` of the files that stay as they are between two looks."""

        def look():
            return {
                name: facts
                for name, facts in sftp.listing(connection, mailbox.fetch_folder).items()
                if not name.startswith(b".") and not name.lower().endswith(tuple(map(str.encode, PARTIAL)))
            }

        before = look()
        if not before or not mailbox.quiet_seconds:
            return before
        # The server's clock is not ours, so the age of a file says nothing: look twice.
        time.sleep(mailbox.quiet_seconds)
        after = look()
        return {name: before[name] for name in sorted(before) if after.get(name) == before[name]}

    # ------------------------------------------------------------------------------------- sending

    @api.model
    def _deliver(self, mailbox, file_name, data):
        """Write under a hidden name, then rename: what a killed worker left is overwritten next time."""
        with self._connected(mailbox) as (connection, sftp):
            final = sftp.join(mailbox.send_folder, file_name.encode())
            if not mailbox.can_rename:
                connection.putfo(io.BytesIO(data), final)
                return
            hidden = sftp.join(mailbox.send_folder, f".{file_name}.tmp".encode())
            try:
                connection.putfo(io.BytesIO(data), hidden)  # asks for its size afterwards
                self._put_in_place(connection, hidden, final, sftp)
            except OSError:
                with suppress(OSError, EOFError):
                    connection.remove(hidden)
                raise

    @api.model
    def _put_in_place(self, connection, hidden, final, sftp):
        """Rename over what may be there from an earlier try."""
        try:
            connection.posix_rename(hidden, final)
        except (TimeoutError, ConnectionError):
            raise
        except OSError:
            # a server without OpenSSH's extension
            if sftp.exists(connection, final):
                connection.remove(final)
            connection.rename(hidden, final)

    @api.model
    def _test(self, mailbox):
        with self._connected(mailbox) as (connection, sftp):
            waiting = sftp.listing(connection, mailbox.fetch_folder)
            sftp.listing(connection, mailbox.send_folder)
        return self.env._("Files that wait on the server: %s", len(waiting))
