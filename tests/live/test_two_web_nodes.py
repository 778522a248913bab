"""Web nodes are stateless: two that share nothing but the database, the broker and the secret key are one site."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from consilium import embedded

ROOT = Path(__file__).resolve().parents[2]
BOARD = "/boards/sample/"
BEHIND_A_BALANCER = {"host": "localhost"}  # one name for all nodes: pages and limits know the site by it
SIGN_IN = {"login": "submitter", "password": "submitter-consilium-demo"}


@pytest.fixture(scope="module")
def second(site: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of another node: a process with a state folder of its own, as on another machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("second-node")
    environment = os.environ | {
        "CONSILIUM_STATE": str(folder),
        "DEBUG": "true",
        "DATABASE_URL": embedded.database_url(site.state),
        "CELERY_BROKER_URL": embedded.broker_url(site.state),
        "SECRET_KEY": (site.state / "secret_key").read_text(encoding="utf-8").strip(),
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
    }
    command = [
        sys.executable, "-m", "uvicorn", "consilium.asgi:application", "--http", "consilium.kept_first:KeptFirst",
        "--port", str(port), "--no-access-log", "--timeout-graceful-shutdown", "1",
    ]  # fmt: skip
    with (folder / "node.log").open("wb") as log:
        node = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(address, node, folder / "node.log")
        yield address
    finally:
        node.send_signal(signal.SIGINT)
        node.wait(30)


def _wait_until_ready(address: str, node: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert node.poll() is None, log.read_text(encoding="utf-8")
        with suppress(httpx.TransportError):
            if httpx.get(f"{address}/readyz", timeout=5).status_code == 200:
                return
        threading.Event().wait(0.2)
    raise AssertionError(log.read_text(encoding="utf-8"))


def test_a_score_lands_and_both_nodes_serve_the_new_board_and_tell_their_streams(
    site: Any, second: str, eventually: Callable[..., None]
) -> None:
    nodes = [site.address, second]
    heard: dict[str, list[str]] = {node: [] for node in nodes}

    def listen(node: str) -> None:
        with httpx.stream("GET", f"{node}/live/?topic=board:sample", timeout=60) as stream:
            for line in stream.iter_lines():
                heard[node].append(line)
                if line == "event: changed":
                    return

    for node in nodes:
        threading.Thread(target=listen, args=[node], daemon=True).start()
    eventually(lambda: all("event: opened" in lines for lines in heard.values()), 30)
    before = [board(node) for node in nodes for _ in range(3)]
    assert len({page.headers["etag"] for page in before}) == 1  # the same bytes, whoever kept them

    lines = httpx.get(f"{site.address}/benchmarks/sample/example.jsonl").text.splitlines()
    rows = [json.dumps(json.loads(lines[0]) | {"tokens_in": 78}), *lines[1:]]
    with site.client() as client:
        sent = client.post(
            "/api/v1/submissions/",
            data={"benchmark": "sample", "system": "Seen from two nodes"},
            files={"file": ("p.jsonl", "\n".join(rows).encode())},
        )
    assert sent.status_code == 201

    eventually(lambda: all("event: changed" in lines for lines in heard.values()), 60)
    eventually(lambda: all("Seen from two nodes" in board(node).text for node in nodes for _ in range(4)), 20)
    after = [board(node) for node in nodes for _ in range(3)]
    assert len({page.headers["etag"] for page in after}) == 1
    assert after[0].headers["etag"] != before[0].headers["etag"]
    for node in nodes:
        assert board(node, **{"if-none-match": after[0].headers["etag"]}).status_code == 304


def test_who_signed_in_at_one_node_is_signed_in_at_the_other_and_signed_out_at_both(
    site: Any, second: str
) -> None:
    with httpx.Client(base_url=site.address, timeout=30) as person:
        assert sign_in(person, SIGN_IN).status_code == 302
        cookies = dict(person.cookies)
    assert as_signed_in("GET", f"{second}/submissions/", cookies).status_code == 200
    form = {"csrfmiddlewaretoken": cookies["csrftoken"]}
    assert as_signed_in("POST", f"{second}/account/logout/", cookies, form).status_code == 302
    assert as_signed_in("GET", f"{site.address}/submissions/", cookies).status_code == 302


def test_a_limit_is_counted_over_both_nodes(site: Any, second: str) -> None:
    wrong = {"login": "nobody-of-two-nodes", "password": "not-the-password"}
    answers = []
    for node in [site.address, second] * 4:
        with httpx.Client(base_url=node, headers=BEHIND_A_BALANCER, timeout=30) as somebody:
            answers.append(sign_in(somebody, wrong).text)
    assert ["Too many failed" in text for text in answers] == [False] * 6 + [True] * 2


def board(node: str, **headers: str) -> httpx.Response:
    return httpx.get(
        f"{node}{BOARD}", headers=BEHIND_A_BALANCER | {"accept-encoding": "gzip"} | headers, timeout=30
    )


def sign_in(person: httpx.Client, form: dict[str, str]) -> httpx.Response:
    token = person.get("/account/login/").cookies["csrftoken"]
    return person.post("/account/login/", data=form | {"csrfmiddlewaretoken": token})


def as_signed_in(
    method: str, address: str, cookies: dict[str, str], form: dict[str, str] | None = None
) -> httpx.Response:
    sent = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    return httpx.request(method, address, headers=sent, data=form, timeout=30)
