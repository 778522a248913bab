"""What tests of the endpoint backend have in common: a model to ask, and asking it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from threading import Event
from typing import Any

from evaluation.domain.asking import Decoding, ModelSpec, Reply, Request, Turn
from tests.workers.endpoint.faulty_server import (
    FaultyServer,
)
from workers.backends import openai_api

KEY = "sk-a-key-nobody-may-see-1234567890"
PNG = b"\x89PNG\r\n\x1a\n not really"
JPEG = b"\xff\xd8\xff not really"


def spec_of(server: FaultyServer, **options: Any) -> ModelSpec:
    return ModelSpec("openai_api", "tiny", base_url=server.url, key=KEY, options=options)


def request(key: str = "1", text: str = "Which?", **decoding: Any) -> Request:
    return Request(key, (Turn("user", text),), Decoding(**decoding))


def ask(server: FaultyServer, requests: Sequence[Request], **options: Any) -> dict[str, Reply]:
    endpoint = openai_api.serve(spec_of(server, **options), logging.info)
    try:
        came = list(endpoint.replies(requests, Event()))
    finally:
        endpoint.close()
    assert len({reply.key for reply in came}) == len(came)
    return {reply.key: reply for reply in came}


def one(server: FaultyServer, asked: Request | None = None, **options: Any) -> Reply:
    return ask(server, [asked or request()], **options)["1"]


def code_of(reply: Reply) -> str:
    assert reply.failure is not None and reply.finish == "failed"
    return reply.failure.code
