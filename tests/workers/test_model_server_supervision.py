"""A model server never outlives its owner: real processes that stand in for a server and what it starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from workers.backends.protocol import ServingError
from workers.backends.vllm_server import guard as server_guard
from workers.backends.vllm_server import supervision as vllm_server
from workers.backends.vllm_server.launch import Launch
from workers.backends.vllm_server.supervision import VllmServer

STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
PARENT = (
    "import subprocess, sys, time; "
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
    "print('Starting to load model', flush=True); time.sleep(600)"
)
ANSWERING = (
    "import http.server, sys; print('Starting to load model', flush=True); "
    "handler = type('H', (http.server.BaseHTTPRequestHandler,), {'do_GET': lambda self: "
    "(self.send_response(200), self.end_headers()), 'log_message': lambda *a: None}); "
    "http.server.HTTPServer(('127.0.0.1', int(sys.argv[-1])), handler).serve_forever()"
)


def started(program: str) -> VllmServer:
    command = (sys.executable, "-c", program)
    return VllmServer(Launch(command, {"PATH": os.environ["PATH"]}, 1, "CPU"))


def silent(line: str) -> None:
    """Nobody listens."""


def alive(group: int) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except (psutil.Error, ProcessLookupError):
            continue
    return found


def has_two(server: VllmServer) -> Callable[[], bool]:
    return lambda: len(alive(server.pid)) == 2


def test_a_server_that_answers_is_ready_and_says_so(eventually: Callable[..., None]) -> None:
    told: list[str] = []
    server = started(ANSWERING)
    server.wait_until_ready(30, threading.Event(), told.append)
    assert server.is_healthy() and server.is_alive()
    assert told[-1] == "The vLLM server is ready"
    server.stop()
    assert not server.is_alive()
    eventually(lambda: not alive(server.pid), 2)


def test_stopping_ends_what_the_server_started(eventually: Callable[..., None]) -> None:
    server = started(PARENT)
    eventually(has_two(server), 20)
    server.stop()
    eventually(lambda: not alive(server.pid), 2)


def test_a_server_that_will_not_end_is_ended_by_force(
    eventually: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = started(STUBBORN + PARENT)
    eventually(has_two(server), 20)
    monkeypatch.setattr(vllm_server, "STOP_SECONDS", 1.0)  # then the guard is not waited for either
    begun = time.monotonic()
    server.stop()
    assert time.monotonic() - begun < server_guard.PATIENCE_SECONDS
    eventually(lambda: not alive(server.pid), 2)


def test_a_killed_guard_leaves_nothing(eventually: Callable[..., None]) -> None:
    server = started(PARENT)
    eventually(has_two(server), 20)
    os.kill(psutil.Process(server.pid).ppid(), signal.SIGKILL)
    eventually(lambda: not server.is_alive(), 10)
    assert server.failure("server_died", "It ended.").code == "server_died"
    eventually(lambda: not alive(server.pid), 10)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_owner_leaves_nothing(
    number: signal.Signals, tmp_path: Path, eventually: Callable[..., None]
) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    guard = [
        sys.executable,
        "-I",
        server_guard.__file__,
        str(folder),
        sys.executable,
        "-c",
        STUBBORN + PARENT,
    ]
    program = (
        f"import subprocess, sys; guard = subprocess.Popen({guard!r}, stdin=subprocess.PIPE, "
        "stdout=subprocess.PIPE, start_new_session=True); "
        "print(guard.stdout.readline().decode(), flush=True); guard.wait()"
    )
    owner = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    server = int(owner.stdout.readline())
    eventually(lambda: len(alive(server)) == 2, 20)
    owner.send_signal(number)
    owner.wait()
    owner.stdout.close()
    eventually(lambda: not alive(server), server_guard.PATIENCE_SECONDS + 10)
    eventually(lambda: not folder.exists(), 10)


def test_a_server_that_ends_at_once_tells_its_last_words_without_the_key() -> None:
    server = started("import os, sys; sys.exit('ValueError: no luck with ' + os.environ['VLLM_API_KEY'])")
    with pytest.raises(ServingError) as caught:
        server.wait_until_ready(30, threading.Event(), silent)
    assert caught.value.code == "start_failed"
    assert "ValueError: no luck with [key]" in caught.value.message
    assert server.key not in caught.value.message


def test_whoever_waits_may_give_up_in_the_middle() -> None:
    def not_wanted(line: str) -> None:
        raise LookupError(line)

    server = started(PARENT)
    with pytest.raises(LookupError, match="Loading the weights"):
        server.wait_until_ready(30, threading.Event(), not_wanted)
    server.stop()
    assert not alive(server.pid)


def test_a_server_that_is_never_ready_is_ended() -> None:
    server = started(PARENT)
    with pytest.raises(ServingError, match="not ready after 1 s"):
        server.wait_until_ready(1, threading.Event(), silent)
    assert not alive(server.pid)


def test_a_start_that_is_not_wanted_any_more_is_given_up() -> None:
    stop = threading.Event()
    server = started(PARENT)
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(ServingError) as caught:
        server.wait_until_ready(60, stop, silent)
    assert caught.value.code == "stopped"
    server.stop()
    assert not alive(server.pid)


def test_an_endless_line_is_not_kept() -> None:
    server = started("import sys; sys.stdout.write('x' * 5_000_000); sys.exit('RuntimeError: full')")
    with pytest.raises(ServingError) as caught:
        server.wait_until_ready(30, threading.Event(), silent)
    assert len(caught.value.message) < 3000
