"""The endpoint backend against a bare httpx.AsyncClient: the same requests to the same local server, as a ratio.

The server is another process and answers at once with a reply of usual size, so that what is measured is the
client: address checks, limits, retries and reading of replies against none of that. Rounds alternate.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import numpy as np
from measured.figures import figure

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

REQUESTS, CONCURRENCY, ROUNDS = 1500, 16, 5
TARGET = 0.9
QUESTION = "A 54-year-old man has had chest pain for two hours. Which test comes first? " * 12
REPLY = json.dumps(
    {
        "model": "bench",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "B. " + "Because. " * 40},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 250, "completion_tokens": 90},
    }
).encode()
SERVER = """
import asyncio, sys
body = sys.stdin.buffer.read()
reply = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body
class Says(asyncio.Protocol):
    def connection_made(self, transport): self.transport, self.got = transport, b""
    def data_received(self, data):
        self.got += data
        head, found, rest = self.got.partition(b"\\r\\n\\r\\n")
        if not found: return
        length = next((int(l[15:]) for l in head.lower().split(b"\\r\\n") if l.startswith(b"content-length:")), 0)
        if len(rest) >= length:
            self.got = b""
            self.transport.write(reply)
async def main():
    server = await asyncio.get_running_loop().create_server(Says, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="consilium-bench-") as state:
        os.environ.update(CONSILIUM_STATE=state, DEBUG="true", DJANGO_SETTINGS_MODULE="consilium.settings")
        server = subprocess.Popen(
            [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert server.stdin is not None and server.stdout is not None
        server.stdin.write(REPLY)
        server.stdin.close()
        try:
            return 0 if compare(int(server.stdout.readline())) else 1
        finally:
            server.terminate()
            server.wait()


def compare(port: int) -> bool:
    url = f"http://127.0.0.1:{port}/v1"
    bare, ours = [], []
    for _ in range(ROUNDS):
        bare.append(REQUESTS / bare_client(url))
        ours.append(REQUESTS / backend(url, port))
    ratio = float(np.median(np.array(ours) / np.array(bare)))
    print(f"{REQUESTS:,} requests, {CONCURRENCY} at a time, median of {ROUNDS} rounds\n")
    print(f"{'bare httpx.AsyncClient':<28}{np.median(bare):>8,.0f} requests/s")
    print(f"{'the endpoint backend':<28}{np.median(ours):>8,.0f} requests/s")
    return figure("endpoint backend / bare httpx.AsyncClient", ratio, "×", least=TARGET)


def bare_client(url: str) -> float:
    async def work() -> float:
        slots = asyncio.Semaphore(CONCURRENCY)
        async with httpx.AsyncClient(trust_env=False) as client:

            async def ask() -> Any:
                body = {
                    "model": "bench",
                    "messages": [{"role": "user", "content": QUESTION}],
                    "max_tokens": 512,
                }
                async with slots:
                    said = await client.post(f"{url}/chat/completions", json=body)
                return said.json()["choices"][0]["message"]["content"]

            start = time.perf_counter()
            came = await asyncio.gather(*(ask() for _ in range(REQUESTS)))
            assert len(came) == REQUESTS
            return time.perf_counter() - start

    return asyncio.run(work())


def backend(url: str, port: int) -> float:
    from evaluation.domain.asking import ModelSpec, Request, Turn
    from workers.backends.openai_api import EndpointBackend

    spec = ModelSpec("openai_api", "bench", base_url=url, options={"concurrency": CONCURRENCY})
    endpoint = EndpointBackend(spec, [f"127.0.0.1:{port}"])
    requests = [Request(str(number), (Turn("user", QUESTION),)) for number in range(REQUESTS)]
    start = time.perf_counter()
    came = list(endpoint.replies(requests, Event()))
    seconds = time.perf_counter() - start
    endpoint.close()
    assert len(came) == REQUESTS and not any(reply.failure for reply in came)
    return seconds


if __name__ == "__main__":
    sys.exit(main())
