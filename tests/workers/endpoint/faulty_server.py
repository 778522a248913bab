"""An OpenAI-compatible server over real sockets that misbehaves on demand, to the byte."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass
class Heard:
    """A request as it came in, and the connection it came on."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Behaviour = Callable[[Heard, asyncio.StreamWriter], Awaitable[None]]


class FaultyServer:
    """Answers each POST with the next behaviour in `script`, and with `otherwise` when there is none left."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.script: deque[Behaviour] = deque()
        self.otherwise: Behaviour = answers("fine")
        self.models: Behaviour = sends({"data": [{"id": "tiny", "max_model_len": 2048}]})
        self.heard: list[Heard] = []
        self.connections = self.under_way = self.most_under_way = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"

    @property
    def posts(self) -> list[Heard]:
        return [heard for heard in self.heard if heard.method == "POST"]

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._let_go(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)

    async def _let_go(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while not writer.is_closing():
                heard = await _read(reader, number)
                self.heard.append(heard)
                self.under_way += 1
                self.most_under_way = max(self.most_under_way, self.under_way)
                try:
                    await self._next(heard)(heard, writer)
                finally:
                    self.under_way -= 1
                await writer.drain()
        writer.close()

    def _next(self, heard: Heard) -> Behaviour:
        if heard.method == "GET":
            return self.models
        return self.script.popleft() if self.script else self.otherwise


async def _read(reader: asyncio.StreamReader, number: int) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in head[1:] if line}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Heard(method, path, headers, body, number)


def raw(text: bytes, *, close: bool = False) -> Behaviour:
    async def behave(heard: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        if close:
            await writer.drain()
            writer.close()

    return behave


def http(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> bytes:
    """A whole reply; headers given replace those made."""
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body))} | (headers or {})
    return (
        f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    ).encode("latin-1") + body


def sends(said: Any, status: int = 200, headers: dict[str, str] | None = None) -> Behaviour:
    return raw(http(json.dumps(said).encode(), status, headers))


def completion(text: Any = "fine", finish: str | None = "stop", **more: Any) -> dict[str, Any]:
    return {
        "model": "tiny-2026", "system_fingerprint": "fp_1",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5},
    } | more  # fmt: skip


def answers(text: Any, finish: str | None = "stop", **more: Any) -> Behaviour:
    return sends(completion(text, finish, **more))


def echoes() -> Behaviour:
    """Says the last turn again, so that a mix-up of replies is seen."""

    async def behave(heard: Heard, writer: asyncio.StreamWriter) -> None:
        said = heard.json["messages"][-1]["content"]
        writer.write(http(json.dumps(completion(said)).encode()))

    return behave


def waits_for(seconds: float = 3600) -> Behaviour:
    """Takes the request and says nothing."""

    async def behave(heard: Heard, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)

    return behave


def pours(head: bytes, part: bytes, limit: int | None = None, pause: float = 0) -> Behaviour:
    """A head, then one part after another until `limit` bytes, or until the other side hangs up."""

    async def behave(heard: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        sent = 0
        while limit is None or sent < limit:
            writer.write(part)
            await writer.drain()
            sent += len(part)
            if pause:
                await asyncio.sleep(pause)
        writer.close()

    return behave


def running() -> Iterator[FaultyServer]:
    server = FaultyServer()
    yield server
    server.stop()
