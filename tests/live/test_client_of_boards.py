"""The client in docs/examples against a running site: every slice, every page of a list, nothing fetched twice."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

SOURCE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "client.py"


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    spec = importlib.util.spec_from_file_location("client", SOURCE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["client"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["client"]


def test_a_board_is_read_over_any_slice(client: Any, site: Any) -> None:
    consilium = client.Consilium(site.address)
    assert "sample" in {board["slug"] for board in consilium.boards()}
    board = consilium.board("sample")
    assert len(board.rows) >= 3 and all(row.average is not None for row in board.rows)
    spanish = consilium.board("sample", language=["es"], sort="system")
    assert len(spanish.columns) < len(board.columns)
    assert [row.system for row in spanish.rows] == sorted(row.system for row in spanish.rows)
    assert f"{site.address}/boards/sample/" in board.page and "as_of=" in board.page


def test_a_long_list_comes_whole_however_short_its_pages(client: Any, site: Any) -> None:
    consilium = client.Consilium(site.address)
    whole = consilium.board("sample")
    assert consilium.board("sample", limit=1) == whole
    pairs = list(consilium.pairs("sample", limit=2))
    assert (
        pairs == list(consilium.pairs("sample"))
        and len(pairs) == len(whole.rows) * (len(whole.rows) - 1) // 2
    )
    assert len(list(consilium.tasks("sample", limit=4))) == len(whole.columns)
    assert {row.system for row in whole.rows} <= {system["name"] for system in consilium.systems(limit=1)}


def test_what_is_unchanged_is_not_sent_again(client: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    consilium = client.Consilium(site.address)
    first = consilium.board("sample")
    seen: list[int] = []
    opened = client.urlopen

    def watched(request: Any, **kwargs: Any) -> Any:
        try:
            answer = opened(request, **kwargs)
        except client.HTTPError as refusal:
            seen.append(refusal.code)
            raise
        seen.append(answer.status)
        return answer

    monkeypatch.setattr(client, "urlopen", watched)
    assert consilium.board("sample") == first
    assert seen == [304]


def test_files_are_those_of_the_page(client: Any, site: Any, tmp_path: Path) -> None:
    consilium = client.Consilium(site.address)
    for ending in ("csv", "json", "parquet", "tex"):
        path = consilium.download("sample", ending, tmp_path / f"sample.{ending}", language="es")
        assert path.stat().st_size > 100
    rows = json.loads((tmp_path / "sample.json").read_text(encoding="utf-8"))["rows"]
    assert pq.read_table(tmp_path / "sample.parquet").num_rows == len(rows)


def test_a_refusal_says_what_to_write(client: Any, site: Any) -> None:
    consilium = client.Consilium(site.address)
    with pytest.raises(client.RefusedError, match=r"as_of.*2026-05-01") as refused:
        consilium.board("sample", as_of="yesterday")
    assert refused.value.status == 400
    with pytest.raises(client.RefusedError, match="no board nowhere") as missing:
        consilium.board("nowhere")
    assert missing.value.status == 404


def test_the_example_prints_a_board(client: Any, site: Any, capsys: pytest.CaptureFixture[str]) -> None:
    client.main([site.address, "sample", "--filter", "language=es"])
    printed = capsys.readouterr().out
    assert "Baseline: constant" in printed and "language=es" in printed


def test_a_token_is_sent_and_changes_nothing_of_what_is_public(client: Any, site: Any) -> None:
    token = site.manage("create_token", "submitter")
    assert client.Consilium(site.address, token=token).board("sample") == client.Consilium(
        site.address
    ).board("sample")


def test_the_ten_lines_of_its_documentation_run(
    client: Any, site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ten = client.__doc__.partition("Or in ten lines:\n\n")[2]
    lines = [line.removeprefix("    ") for line in ten.splitlines() if line.strip()]
    assert len(lines) == 10
    monkeypatch.chdir(tmp_path)
    code = "\n".join(lines).replace("https://board.example", site.address).replace("2026-05-01", "2000-01-01")
    with pytest.raises(client.RefusedError):  # there was no board then; everything before it ran
        exec(compile(code, "ten lines", "exec"), {})
