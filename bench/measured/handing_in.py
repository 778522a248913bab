"""A submitter at the submission page, and a model's run ordered with a token."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from measured.browser_connection import BrowserConnection, FailedError, Tally
from measured.readers import FRAGMENT


class Submitter:
    """Hands files in as the page does, and follows each until it is scored."""

    def __init__(self, port: int, session: tuple[str, str], token: str, tally: Tally) -> None:
        cookie, csrf = session
        self._tally = tally
        self.connection = BrowserConnection(port, tally, f"sessionid={cookie}; csrftoken={csrf}", csrf)
        self._program = BrowserConnection(port, tally)
        self._token = token
        self.submitted: list[str] = []

    async def hand_in(self, slug: str, system: str, file: bytes) -> None:
        try:
            await self.connection.ask("submission page", "GET", f"/submit/?benchmark={slug}")
            edge = secrets.token_hex(16)
            sent = await self.connection.ask(
                "upload", "POST", "/submit/", _form(edge, {"benchmark": slug, "system": system}, file),
                FRAGMENT | {"Content-Type": f"multipart/form-data; boundary={edge}"},
            )  # fmt: skip
            there = sent.headers.get(b"hx-redirect", b"").decode()
            if not there:
                raise self._tally.fail(f"{system} was not taken: {_words(sent.text)[:300]}")
            self.submitted.append(there.strip("/").rpartition("/")[2])
            await self._follow(there)
        except FailedError:
            return  # counted

    async def _follow(self, address: str) -> None:
        """The page of a submission asks again as it hears of changes; here, every two seconds."""
        while "sse-connect" in (await self.connection.ask("submission page", "GET", address)).text:
            await asyncio.sleep(2)

    async def order_run(self, wanted: dict[str, Any]) -> None:
        try:
            sent = await self._program.ask(
                "API", "POST", "/api/v1/submissions/", json.dumps(wanted).encode(),
                {"Content-Type": "application/json", "Authorization": f"Token {self._token}"},
            )  # fmt: skip
            self.submitted.append(json.loads(sent.text)["id"])
        except FailedError:
            return


def _form(edge: str, fields: dict[str, str], file: bytes) -> bytes:
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="predictions.jsonl"\r\n'
    parts += [head.encode(), b"Content-Type: application/octet-stream\r\n\r\n", file]
    return b"".join(parts) + f"\r\n--{edge}--\r\n".encode()


def _words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def predictions(slug: str, seed: int) -> bytes:
    """A file for a benchmark: its own example, with letters drawn anew where letters are asked for."""
    from evaluation.selectors import benchmarks

    version = benchmarks.current_version(slug)
    assert version is not None
    rng = np.random.default_rng(seed)

    def drawn(lines: Iterator[bytes]) -> Iterator[bytes]:
        for line in lines:
            row = json.loads(line)
            if re.fullmatch("[A-E]", row["output"]):
                row["output"] = str(rng.choice(["A", "B"]))
            yield json.dumps(row).encode() + b"\n"

    return b"".join(drawn(benchmarks.example_lines(version)))


def model_request(system: str, folder: Path, endpoint: str) -> dict[str, Any]:
    """What is ordered: the tiny model where torch is installed, else what answers at the endpoint."""
    asked: dict[str, Any] = {"benchmark": "sample", "system": system, "mode": "direct"}
    asked["decoding"] = {"max_new_tokens": 24}
    if find_spec("torch") is None:
        return asked | {"backend": "openai_api", "model": "bench", "base_url": endpoint}
    from workers.backends import tiny_model

    return asked | {"backend": "transformers", "model": str(tiny_model.make(folder)), "device": "cpu"}


def not_scored(submitted: list[str]) -> list[str]:
    """What was handed in and did not end scored."""
    from evaluation.models import Run

    runs = Run.objects.filter(submission__in=submitted)
    states = {str(submission): state for submission, state in runs.values_list("submission", "state")}
    return [f"submission {pk}: {states.get(pk, 'no run')}" for pk in submitted if states.get(pk) != "scored"]
