"""A model hub on this machine: one model, one branch, spoken to by the hub's own client."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAME = "lab/tiny"


class Hub(BaseHTTPRequestHandler):
    """Serves `folder` as lab/tiny at COMMIT, which is where its branch `main` points."""

    folder: Path
    sizes: dict[str, int]  # what it claims a file has, where that is not true
    asked: list[str]

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def _answer(self, with_body: bool) -> None:
        path = self.path.split("?")[0]
        self.asked.append(f"{self.command} {path}")
        known = {f"/api/models/{NAME}/revision/{revision}" for revision in ("main", COMMIT)}
        if path in known:
            self._send(json.dumps(self._about()).encode(), with_body, {"Content-Type": "application/json"})
        elif path.startswith(f"/api/models/{NAME}/tree/"):
            self._send(json.dumps(self._tree()).encode(), with_body, {"Content-Type": "application/json"})
        elif path.startswith(f"/{NAME}/resolve/{COMMIT}/"):
            data = (self.folder / path.rsplit("/", 1)[1]).read_bytes()
            tag = hashlib.sha256(data).hexdigest()
            self._send(data, with_body, {"ETag": f'"{tag}"', "X-Repo-Commit": COMMIT})
        else:
            code = "RevisionNotFound" if f"/{NAME}/" in path else "RepoNotFound"
            self._send(b"{}", with_body, {"X-Error-Code": code}, status=404)

    def _about(self) -> dict[str, Any]:
        files = [{"rfilename": path.name, "size": self._size(path)} for path in sorted(self.folder.iterdir())]
        return {"id": NAME, "modelId": NAME, "sha": COMMIT, "siblings": files, "tags": [], "private": False}

    def _tree(self) -> list[dict[str, Any]]:
        return [
            {"type": "file", "path": path.name, "size": self._size(path), "oid": "0" * 40}
            for path in sorted(self.folder.iterdir())
        ]

    def _size(self, path: Path) -> int:
        return self.sizes.get(path.name, path.stat().st_size)

    def _send(self, data: bytes, with_body: bool, headers: dict[str, str], status: int = 200) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(data))}).items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(data)


def open_hub(folder: Path, sizes: dict[str, int]) -> tuple[ThreadingHTTPServer, list[str]]:
    """A running hub and what it was asked; shut it down when done."""
    asked: list[str] = []
    serving = type("OneHub", (Hub,), {"folder": folder, "sizes": sizes, "asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), serving)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, asked
