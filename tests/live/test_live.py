"""Streams say that something changed, and nothing else."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest


@pytest.mark.parametrize(
    "query",
    ["", "topic=", "topic=../etc", "topic=board:a%20b", "topic=" + "x" * 300, "&".join(["topic=queue"] * 21)],
)
def test_a_stream_of_nothing_known_is_refused_in_words(site: Any, query: str) -> None:
    refused = httpx.get(f"{site.address}/live/?{query}")
    assert refused.status_code == 400
    assert "topic" in refused.text


def test_a_board_that_changed_wakes_its_readers_and_no_others(
    site: Any, eventually: Callable[..., None]
) -> None:
    heard: dict[str, list[str]] = {"board:sample": [], "board:nowhere": []}

    def listen(topic: str) -> None:
        address = f"{site.address}/live/?topic={topic}"
        # the quiet stream ends with the site, or when it heard nothing for half a minute
        with suppress(httpx.TransportError), httpx.stream("GET", address, timeout=30) as stream:
            heard[topic].append(str(stream.headers["content-type"]))
            for line in stream.iter_lines():
                heard[topic].append(line)
                if line == "event: changed":
                    return

    for topic in heard:
        threading.Thread(target=listen, args=[topic], daemon=True).start()
    eventually(lambda: all("retry: 2000" in lines for lines in heard.values()), 20)
    lines = httpx.get(f"{site.address}/benchmarks/sample/example.jsonl").text.splitlines()
    rows = [json.dumps(json.loads(lines[0]) | {"tokens_in": 77}), *lines[1:]]
    with site.client() as client:
        files = {"file": ("p.jsonl", "\n".join(rows).encode())}
        data = {"benchmark": "sample", "system": "Heard on the stream"}
        assert client.post("/api/v1/submissions/", data=data, files=files).status_code == 201

    eventually(lambda: "event: changed" in heard["board:sample"], 60)
    assert heard["board:sample"][0] == "text/event-stream"
    assert [line for line in heard["board:nowhere"] if line.startswith("event:")] == ["event: opened"]


def test_pages_are_served_beside_open_streams(site: Any) -> None:
    streams = [httpx.stream("GET", f"{site.address}/live/?topic=queue", timeout=30) for _ in range(40)]
    try:
        for stream in streams:
            assert stream.__enter__().status_code == 200
        assert httpx.get(f"{site.address}/healthz", timeout=10).text == "ok"
        assert httpx.get(f"{site.address}/", timeout=10).status_code == 200
    finally:
        for stream in streams:
            stream.__exit__(None, None, None)
