"""The wire between a part of the site and its database: slow, cut, or dead without a word, as a test has it.

A listener on a TCP port passes everything on to the site's own PostgreSQL and back.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from consilium.embedded.addresses import DATABASE, PORT, ROLE, socket_folder

PIECE = 65536
_TCP_REPAIR = 19  # a socket closed in this mode says nothing to the other end


class Wire:
    """`delay` seconds are waited before each piece; while `cut` is set nothing passes, and nothing is closed."""

    def __init__(self, site: Any) -> None:
        self._server = str(socket_folder(site.state) / f".s.PGSQL.{PORT}")
        self.delay, self.passed = 0.0, 0
        self._whole = threading.Event()
        self._whole.set()
        self._over = False
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, **options: int) -> str:
        """What DATABASE_URL says of a part that is behind this wire."""
        more = "&".join(f"{name}={value}" for name, value in {"sslmode": "disable", **options}.items())
        return f"postgresql://{ROLE}@127.0.0.1:{self.port}/{DATABASE}?{more}"

    def cut(self) -> None:
        self._whole.clear()

    def mend(self) -> None:
        self._whole.set()

    def break_all(self) -> int:
        """Close every connection, as a firewall does that is restarted: how many."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                _shut(end)
        return len(pairs)

    def forget_all(self) -> int:
        """Let the client's ends vanish without a word: half-open connections. How many; PermissionError
        where this may not be done."""
        pairs, self._pairs = self._pairs, []
        for client, server in pairs:
            if client.fileno() < 0:  # closed by its owner meanwhile
                continue
            client.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)
            client.close()
            _shut(server)
        return len(pairs)

    def close(self) -> None:
        self._over = True
        self.mend()
        _shut(self._listener)
        self.break_all()

    def _accept(self) -> None:
        while not self._over:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                server.connect(self._server)
            except OSError:  # the database is being started again
                client.close()
                continue
            self._pairs.append((client, server))
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            while True:
                if not select.select([one], [], [], 0.2)[0]:
                    continue  # waiting in recv would keep a socket alive that was closed meanwhile
                if not (piece := one.recv(PIECE)):
                    break
                if self.delay:
                    time.sleep(self.delay)
                self._whole.wait()
                other.sendall(piece)
                self.passed += len(piece)
        _shut(other)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        end.close()


@contextlib.contextmanager
def wire_to(site: Any) -> Iterator[Wire]:
    wire = Wire(site)
    try:
        yield wire
    finally:
        wire.close()


def secret_key(site: Any) -> str:
    """What a part on another machine has to be told."""
    return Path(site.state / "secret_key").read_text(encoding="utf-8").strip()
