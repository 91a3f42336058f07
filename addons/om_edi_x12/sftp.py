"""SFTP with a server whose host key is pinned: what the transport needs of paramiko, and no more.

File names are bytes here: a partner's server may have names that are no UTF-8, which
``paramiko.SFTPClient.listdir`` stumbles over.
"""

import io
import posixpath
import socket
import stat
from contextlib import contextmanager

import paramiko
from paramiko.hostkeys import HostKeyEntry
from paramiko.sftp import CMD_CLOSE, CMD_NAME, CMD_OPENDIR, CMD_READDIR

from .host_key import fingerprint

# Seconds: to connect, and to wait for any single answer.
CONNECT_TIMEOUT = 15
TIMEOUT = 30
CHUNK = 256 * 1024


def fetch_host_key(host, port):
    """Ask a server for its host key, without logging in; return its key line."""
    with as_os_errors(), socket.create_connection((host, port), CONNECT_TIMEOUT) as connection:
        transport = paramiko.Transport(connection)
        try:
            transport.start_client(timeout=CONNECT_TIMEOUT)
            key = transport.get_remote_server_key()
            return f"{key.get_name()} {key.get_base64()}"
        finally:
            transport.close()


def read_private_key(text, passphrase=None):
    """Return the paramiko key in ``text``.

    :raise ValueError: it is no private key, or its passphrase is another one
    """
    reason = None
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text.strip() + "\n"), passphrase or None)
        except paramiko.PasswordRequiredException as error:
            raise ValueError("the private key has a passphrase") from error
        except Exception as error:  # each kind has its own ways of not reading another kind's file
            reason = error
    raise ValueError(f"no private key that can be read ({type(reason).__name__})")


@contextmanager
def connected(host, port, login, host_key, password="", private_key="", passphrase=""):
    """Connect, prove that the server has ``host_key``, log in; give an ``SFTPClient``.

    :raise OSError: whatever goes wrong, also while the connection is used
    """
    with as_os_errors():
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        name = host if port == 22 else f"[{host}]:{port}"
        known = HostKeyEntry.from_line(f"{name} {host_key}")
        client.get_host_keys().add(name, known.key.get_name(), known.key)
        try:
            client.connect(
                host,
                port,
                username=login,
                password=password or None,
                pkey=read_private_key(private_key, passphrase) if private_key else None,
                timeout=CONNECT_TIMEOUT,
                banner_timeout=CONNECT_TIMEOUT,
                auth_timeout=CONNECT_TIMEOUT,
                allow_agent=False,
                look_for_keys=False,
            )
            client.get_transport().set_keepalive(15)
            sftp = client.open_sftp()
            sftp.get_channel().settimeout(TIMEOUT)
            yield sftp
        finally:
            client.close()


@contextmanager
def as_os_errors():
    """What paramiko raises, as ``ConnectionError`` with a message for people."""
    try:
        yield
    except paramiko.BadHostKeyException as error:
        got, expected = (
            fingerprint(f"{key.get_name()} {key.get_base64()}") for key in (error.key, error.expected_key)
        )
        raise ConnectionError(
            f"the server shows another host key ({got}) than the accepted one ({expected})"
        ) from error
    except paramiko.AuthenticationException as error:
        raise ConnectionError("the server refuses the user, the password or the key") from error
    except paramiko.SSHException as error:
        raise ConnectionError(str(error) or type(error).__name__) from error
    except EOFError as error:
        raise ConnectionError("the server has cut the connection") from error
    except (socket.gaierror, paramiko.ssh_exception.NoValidConnectionsError) as error:
        raise ConnectionError(error.strerror) from error


def listing(sftp, folder):
    """``{name as bytes: (size, mtime)}`` of the plain files in a folder of the server."""
    files = {}
    handle = sftp._request(CMD_OPENDIR, sftp._adjust_cwd(folder))[1].get_binary()
    while True:
        try:
            kind, answer = sftp._request(CMD_READDIR, handle)
        except EOFError:
            break  # how the protocol says that there are no more
        if kind != CMD_NAME:
            raise OSError(f"the server can't list {folder!r}")
        for _entry in range(answer.get_int()):
            name, _long = answer.get_string(), answer.get_string()
            attributes = paramiko.SFTPAttributes._from_msg(answer)
            if attributes.st_mode is None or stat.S_ISREG(attributes.st_mode):
                files[name] = (attributes.st_size, attributes.st_mtime)
    sftp._request(CMD_CLOSE, handle)
    return files


def join(folder, name):
    """Path of a file in a folder. ``name`` was listed there; one that would lead elsewhere is refused."""
    if b"/" in name or name in (b"", b".", b"..") or b"\0" in name:
        raise OSError(f"{name!r} is no name of a file")
    return posixpath.join(folder.encode(), name)


def read(sftp, path, limit):
    """The bytes of a file, at most ``limit`` and one."""
    data = bytearray()
    with sftp.open(path, "rb") as file:
        size = file.stat().st_size
        if CHUNK < size <= limit:
            file.prefetch(size)  # pays off for large files only: it takes a thread
        while len(data) <= limit and (chunk := file.read(CHUNK)):
            data += chunk
    return bytes(data[: limit + 1])


def exists(sftp, path):
    """Is there something at this path?"""
    try:
        sftp.stat(path)
    except FileNotFoundError:
        return False
    return True
