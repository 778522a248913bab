"""The embedded Redis: the queue's broker, run in the foreground by the supervisor, on a private socket.

Nothing of it is kept on disk: the ledger is in PostgreSQL, and a lost message is sent again by the sweep.
"""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

from consilium.embedded.account import account_for, make_private
from consilium.embedded.addresses import redis_socket, socket_folder
from consilium.embedded.engines import redis_program
from consilium.supervisor import Child, Launch

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "save": "",
    "appendonly": "no",
    "daemonize": "no",
    "maxmemory": "128mb",
    "maxmemory-policy": "noeviction",  # a full queue refuses a nudge aloud
}


class Redis:
    """Redis of one state folder."""

    name = "redis"

    def __init__(self, state: Path) -> None:
        self._state = state

    def child(self) -> Child:
        return Child(name=self.name, launch=self.launch, ready=self.answers, stop_seconds=5.0)

    def launch(self) -> Launch:
        """Make the socket's folder and give the server's command line. Raises CannotStartError."""
        account = account_for(self._state / "postgres")
        folder = socket_folder(self._state)
        make_private(folder, account)
        settings = {**SETTINGS, "unixsocket": str(redis_socket(self._state)), "dir": str(folder)}
        words = [word for name, value in settings.items() for word in (f"--{name}", value)]
        return Launch(
            [str(redis_program(account)), *words],
            folder=folder,
            user=account.ids,
        )

    def answers(self) -> bool:
        """Whether it can be used now."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client, contextlib.suppress(OSError):
            client.settimeout(5)
            client.connect(str(redis_socket(self._state)))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        return False
