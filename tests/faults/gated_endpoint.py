"""An endpoint that answers as far as a gate is open, as a process that can be killed.

    python gated_endpoint.py PORT FOLDER

FOLDER/gate holds how many questions may be answered in all; later ones wait, first come first served. Every
question is written to FOLDER/asked as it comes in. The answer is a function of the question, so that an
answer kept with the wrong item is found out.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODEL = "gated"
_CASE = re.compile(r"Case (\d+):")


def answer_to(case: int) -> str:
    """The letter said to a case: no other case can be told from its neighbours by counting."""
    return "ABCD"[hashlib.sha256(f"case {case}".encode()).digest()[0] % 4]


class Gate:
    """Lets questions through in the order they came."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._ticket, self._lock = folder, itertools.count(), threading.Lock()

    def wait(self, case: int) -> None:
        with self._lock:
            ticket = next(self._ticket)
            with (self._folder / "asked").open("a", encoding="utf-8") as asked:
                asked.write(f"{case}\n")
        while ticket >= int((self._folder / "gate").read_text(encoding="utf-8") or 0):
            time.sleep(0.02)


class Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    gate: Gate

    def do_GET(self) -> None:
        self._say({"data": [{"id": MODEL, "max_model_len": 4096}]})

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = " ".join(str(message["content"]) for message in sent["messages"])
        case = int(_CASE.findall(said)[-1])
        self.gate.wait(case)
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": answer_to(case)},
            "finish_reason": "stop",
        }
        self._say(
            {"model": MODEL, "choices": [choice], "usage": {"prompt_tokens": 20, "completion_tokens": 1}}
        )

    def _say(self, said: object) -> None:
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nobody reads it."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked was killed: that is what these tests are about."""


if __name__ == "__main__":
    Endpoint.gate = Gate(Path(sys.argv[2]))
    Server(("127.0.0.1", int(sys.argv[1])), Endpoint).serve_forever()
