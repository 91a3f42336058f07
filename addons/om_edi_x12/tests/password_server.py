"""An SFTP server with nothing on it that takes a password, which OpenSSH gives to system users only."""

import socket
import threading

import paramiko


class PasswordServer(paramiko.ServerInterface):
    """Listens until it is closed; ``passwords`` are those that were tried."""

    def __init__(self, password):
        self.password = password
        self.passwords = []
        self.key = paramiko.ECDSAKey.generate()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.transports = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _address = self.listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _NoFiles)
            self.transports.append(transport)
            transport.start_server(threading.Event(), self)

    def close(self):
        self.listener.close()
        for transport in self.transports:
            transport.close()

    @property
    def host_key(self):
        return f"{self.key.get_name()} {self.key.get_base64()}"

    def get_allowed_auths(self, username):
        return "password"

    def check_auth_password(self, username, password):
        self.passwords.append(password)
        return paramiko.AUTH_SUCCESSFUL if password == self.password else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED


class _NoFiles(paramiko.SFTPServerInterface):
    def list_folder(self, path):
        return []
