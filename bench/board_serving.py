"""A board of 100 systems x 87 tasks: requests a second, warm, against a bare Django view and against nginx.

    python bench/board_serving.py [--rounds 5] [--seconds 3]

The board is served by the default web processes of `manage.py up`, compressed, as a visitor's browser asks for it.
Beside it stand a Django view that says hello, without any middleware, in the same server with the same threads,
and nginx, with as many workers, that sends the very same bytes from disk. They take turns, and each ratio is the
median over the rounds. `wrk` asks, over 32 connections; without it a client in Python does, which is slower than
what it measures: then nginx is left out. Cold is the first answer after the board changed. The exit status is 1
when a limit is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from measured import wide_board
from measured.figures import figure
from measured.site import ROOT, Site, free_port, running_site, use_own_state, wait_for

SYSTEMS, TASKS = 100, 87
CONNECTIONS = 32
AS_FAST_AS_HELLO, AS_FAST_AS_NGINX = 3.0, 0.35
SLOWEST_MS, COLD_MS = 25.0, 150.0
BOARD = f"/boards/{wide_board.SLUG}/"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    asked = parser.parse_args()
    use_own_state()
    from consilium.processes import web_processes

    processes = web_processes()
    with contextlib.ExitStack() as stack:
        site = stack.enter_context(running_site(processes))
        start = time.perf_counter()
        wide_board.prepare(SYSTEMS, TASKS)
        print(f"prepared in {time.perf_counter() - start:.0f} s")
        page = got(site.port, "gzip")
        print(
            f"{SYSTEMS} systems x {TASKS} tasks: {len(got(site.port)) / 1024:.0f} kB, {len(page) / 1024:.1f} kB gzipped"
        )
        addresses = {
            "board": f"http://127.0.0.1:{site.port}{BOARD}",
            "unchanged": f"http://127.0.0.1:{site.port}{BOARD}",
            "hello": stack.enter_context(hello(processes)),
        }
        if shutil.which("nginx") and shutil.which("wrk"):
            addresses["nginx"] = stack.enter_context(nginx(page, processes))
        else:
            print("nginx and wrk are not both installed: what they would measure is left out")
        results = measured(addresses, etag(site.port), asked.rounds, asked.seconds)
        cold = [after_a_change(site) for _ in range(7)]
    return 0 if judged(results, cold) else 1


def judged(results: dict[str, list[tuple[float, float]]], changes: list[tuple[float, float]]) -> bool:
    cold, busy = np.median(np.array(changes), axis=0)
    print(f"\n{'':<28}{'requests/s':>11}{'p99 ms':>9}")
    for name, rounds in results.items():
        rate, slowest = np.median(np.array(rounds), axis=0)
        print(f"{name:<28}{rate:>11,.0f}{slowest:>9.1f}")
    rates = {name: np.array([rate for rate, _ in rounds]) for name, rounds in results.items()}
    slowest = float(np.median([slow for _, slow in results["board"]]))
    verdicts = [
        figure(
            "board of 100 × 87 / Django's bare hello",
            float(np.median(rates["board"] / rates["hello"])),
            "×",
            least=AS_FAST_AS_HELLO,
        ),
        figure(f"board, p99 at {CONNECTIONS} connections", slowest, "ms", most=SLOWEST_MS),
        figure("board, cold after a change", float(cold), "ms", most=COLD_MS),
    ]
    print(f"{'of it, time of a core, ms':<34}{busy:>8.2f}")
    if "nginx" in rates:
        ratio = float(np.median(rates["board"] / rates["nginx"]))
        verdicts.append(figure("board / nginx, same bytes", ratio, "×", least=AS_FAST_AS_NGINX))
    return all(verdicts)


def measured(
    addresses: dict[str, str], tag: str, rounds: int, seconds: float
) -> dict[str, list[tuple[float, float]]]:
    """Requests a second and the 99th percentile in ms, of each contestant in each round."""
    load = by_wrk if shutil.which("wrk") else by_python
    results: dict[str, list[tuple[float, float]]] = {name: [] for name in addresses}
    for name, address in addresses.items():
        load(address, tag if name == "unchanged" else "", 1.0)
    for _ in range(rounds):
        for name, address in addresses.items():
            results[name].append(load(address, tag if name == "unchanged" else "", seconds))
    return results


def by_wrk(address: str, tag: str, seconds: float) -> tuple[float, float]:
    known = ["-H", f"If-None-Match: {tag}"] if tag else []
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds:g}s",
        "--latency",
        "-H",
        "Accept-Encoding: gzip",
    ]
    told = subprocess.run([*command, *known, address], capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in told and "Socket errors" not in told, told
    slow, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", told).groups()  # type: ignore[union-attr]
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert rate
    return float(rate[1]), float(slow) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[unit]


def by_python(address: str, tag: str, seconds: float) -> tuple[float, float]:
    host, port, path = re.fullmatch(r"http://([^:]+):(\d+)(/.*)", address).groups()  # type: ignore[union-attr]
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n"
    request += f"If-None-Match: {tag}\r\n\r\n" if tag else "\r\n"
    poll = select.epoll()
    connections = [socket.create_connection((host, int(port))) for _ in range(CONNECTIONS)]
    waiting: dict[int, list[Any]] = {}
    for each in connections:
        waiting[each.fileno()] = [each, time.perf_counter(), None]
        poll.register(each.fileno(), select.EPOLLIN)
        each.sendall(request.encode())
    times, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until:
        for number, _ in poll.poll():
            state = waiting[number]
            data = state[0].recv(2**18)
            state[2] = bytes_left(data) if state[2] is None else state[2] - len(data)
            if state[2] <= 0:
                times.append(time.perf_counter() - state[1])
                state[1:] = [time.perf_counter(), None]
                state[0].sendall(request.encode())
    for each in connections:
        each.close()
    return len(times) / seconds, float(np.percentile(times, 99)) * 1000


def bytes_left(start: bytes) -> int:
    head, _, body = start.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    return int(length[1]) - len(body) if length else 0


def got(port: int, coding: str = "identity") -> bytes:
    return asked_once(port, coding)[1]


def etag(port: int) -> str:
    return asked_once(port, "gzip")[0]


def asked_once(port: int, coding: str) -> tuple[str, bytes]:
    connection = http.client.HTTPConnection("localhost", port)
    connection.request("GET", BOARD, headers={"Accept-Encoding": coding})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body[:500]
    return answer.headers["ETag"], body


def after_a_change(site: Site) -> tuple[float, float]:
    """Milliseconds for the first answer after the board has changed, and those of a core in the web processes."""
    from django.db.models import F

    from leaderboard.models import Board

    Board.objects.filter(version__benchmark__slug="wide").update(revision=F("revision") + 1)
    time.sleep(0.3)
    before, start = cpu_seconds(site), time.perf_counter()
    got(site.port, "gzip")
    return (time.perf_counter() - start) * 1000, (cpu_seconds(site) - before) * 1000


def cpu_seconds(site: Site) -> float:
    times = [process.cpu_times() for process in site.web()]
    return sum(each.user + each.system for each in times)


@contextlib.contextmanager
def hello(processes: int) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "measured.hello:application", "--port", str(port)]
    command += ["--workers", str(processes), "--no-access-log", "--log-level", "error"]
    server = subprocess.Popen(command, cwd=ROOT / "bench", env=with_packages())
    try:
        address = f"http://127.0.0.1:{port}/"
        wait_for(address)
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)


def with_packages() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}:{ROOT / 'bench'}"}


@contextlib.contextmanager
def nginx(page: bytes, workers: int) -> Iterator[str]:
    """nginx in the foreground, sending the compressed page as a file."""
    folder = Path(tempfile.mkdtemp(prefix="consilium-nginx-"))
    folder.chmod(0o755)
    (folder / "board").write_bytes(page)
    port = free_port()
    (folder / "nginx.conf").write_text(
        f"""
        daemon off; worker_processes {workers}; pid {folder}/pid; error_log {folder}/log crit;
        events {{ worker_connections 1024; }}
        http {{
            access_log off; sendfile on; tcp_nopush on; open_file_cache max=10; keepalive_requests 1000000000;
            {"".join(f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))}
            server {{
                listen 127.0.0.1:{port};
                location / {{ root {folder}; default_type text/html; add_header Content-Encoding gzip; }}
            }}
        }}""",
        encoding="utf-8",
    )
    server = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        address = f"http://127.0.0.1:{port}/board"
        wait_for(address)
        yield address
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
