"""A real disk without room: whoever sends something is told so, nothing half is kept, and it works again after."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.beside import goes_on, stopped, web_beside
from tests.faults.hard_site import Disk, small_disk
from tests.faults.model_run import Ledger

Wait = Callable[..., None]


@pytest.fixture(scope="module")
def small(hard_site: Any) -> Any:
    if hard_site.disk is None:
        pytest.skip("a small disk cannot be mounted here: that needs the right to administer the system")
    return hard_site


@pytest.fixture(scope="module")
def web(small: Any) -> Iterator[tuple[httpx.Client, Disk]]:
    """A web server as a deployment's, with a small disk of its own for what is on its way in."""
    with (
        small_disk("6m") as disk,
        small.client() as known,
        web_beside(small, "full-web", TMPDIR=str(disk.place)) as address,
        httpx.Client(base_url=address, headers=known.headers, timeout=120) as client,
    ):
        yield client, disk


def example(client: httpx.Client, padding: int = 0) -> bytes:
    content = client.get("/benchmarks/sample/example.jsonl").content
    return content.rstrip() + b"\n" * (padding + 1)


def long_answers(client: httpx.Client) -> bytes:
    """Some megabytes, which no page that is there already has room for."""
    rows = [json.loads(line) for line in example(client).splitlines() if line.strip()]
    long = (
        {**row, "output": f"{row['output']} {secrets.token_hex(8_000)}"} for row in rows if "output" in row
    )
    return "\n".join(json.dumps(row) for row in long).encode()


def send(client: httpx.Client, system: str, content: bytes) -> httpx.Response:
    described = {"benchmark": "sample", "system": system}
    return client.post("/api/v1/submissions/", data=described, files={"file": ("e.jsonl", content)})


def kept_files(site: Any) -> set[Path]:
    return {path for path in (site.state / "files" / "submissions").rglob("*") if path.is_file()}


def named_files(site: Any) -> set[str]:
    rows = Ledger(site).rows("SELECT file FROM evaluation_submission WHERE file LIKE 'submissions/%%'")
    return {str(file) for (file,) in rows}


def said(answer: httpx.Response) -> str:
    body = answer.json()
    return str(body.get("detail") or body["problems"][0]["message"])


def ends_on_the_board(client: httpx.Client, answer: httpx.Response, system: str, eventually: Wait) -> None:
    assert answer.status_code in (200, 201), answer.text
    here = f"/api/v1/submissions/{answer.json()['id']}/"
    eventually(lambda: client.get(here).json()["state"] == "scored", 120, lambda: client.get(here).text)

    def rows() -> list[str]:
        return [row["system"] for row in client.get("/api/v1/boards/sample/").json()["rows"]]

    eventually(lambda: rows().count(system) == 1, 60, lambda: str(rows()))


@pytest.mark.parametrize("padding", [7_000_000, 4_000_000], ids=["never whole", "whole but once"])
def test_an_upload_for_which_there_is_no_room_on_the_way_is_refused_in_words(
    small: Any, web: tuple[httpx.Client, Disk], eventually: Wait, padding: int
) -> None:
    """Received it lies there once, taken apart twice."""
    client, disk = web
    system = f"No room {padding}"

    refused = send(client, system, example(client, padding))

    assert refused.status_code == 503, refused.text
    assert "later" in said(refused) and "fault" not in said(refused)
    assert "Retry-After" in refused.headers
    assert not any(path.is_file() for path in disk.place.iterdir()), "nothing of it is left"
    assert Ledger(small).rows("SELECT 1 FROM evaluation_submission WHERE system_name = %s", system) == []
    ends_on_the_board(client, send(client, system, example(client)), system, eventually)


def test_a_store_without_room_refuses_an_upload_at_once_and_takes_it_later(
    small: Any, web: tuple[httpx.Client, Disk], eventually: Wait, record_figure: Callable[..., None]
) -> None:
    client, _ = web
    content = example(client, 1_000_000)
    before = kept_files(small)
    with small.disk.full():
        refused = send(client, "Store full", content)
        assert refused.status_code in (400, 503), refused.text
        assert "full" in said(refused) and ("not kept" in said(refused) or "nothing of" in said(refused))
        assert kept_files(small) == before, "half a file is no file"
    taken = send(client, "Store full", content)
    ends_on_the_board(client, taken, "Store full", eventually)
    assert {str(path.relative_to(small.state / "files")) for path in kept_files(small)} == named_files(small)
    record_figure("uploads to a full disk that were told so and taken later", "3 of 3", "all", True)


def test_a_database_without_room_scores_as_soon_as_there_is_some(
    small: Any, web: tuple[httpx.Client, Disk], eventually: Wait
) -> None:
    client, _ = web
    log = small.state / "logs" / "postgres.log"
    with stopped(small, "worker"):
        taken = send(client, "Database full", long_answers(client))
        assert taken.status_code == 201, taken.text
        told = log.stat().st_size
        with small.disk.full():
            goes_on(small, "worker")
            eventually(lambda: b"No space left on device" in log.read_bytes()[told:], 60)
    ends_on_the_board(client, taken, "Database full", eventually)
    counts = Ledger(small).rows(
        "SELECT count(*), count(DISTINCT position) FROM evaluation_answer answer"
        " JOIN evaluation_run run ON run.id = answer.run_id WHERE run.submission_id = %s",
        taken.json()["id"],
    )
    assert counts[0][0] == counts[0][1] > 0
