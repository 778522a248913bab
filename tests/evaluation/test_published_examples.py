"""The examples BRIDGE publishes beside a task file are those, and the only ones, that its prompts show."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evaluation.domain.prompts import modes, shots
from evaluation.models import Task
from evaluation.selectors import asked

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(published_data: Path, tmp_path: Path) -> Path:
    if not (published_data / "bridge").is_dir():
        pytest.skip(f"no files of BRIDGE in {published_data}")
    return Path(shutil.copytree(published_data / "bridge", tmp_path / "bridge"))


def shown(folder: Path) -> tuple[shots.Shot, ...]:
    call_command("load_benchmark", str(folder), stdout=io.StringIO())
    task = Task.objects.order_by("-pk")[0]
    item = task.items.order_by("position")[0]
    return shots.chosen(modes.mode("direct-5-shot"), asked.pool(task.pk), item.key, item.cluster)


def test_the_published_examples_are_shown_in_their_order_and_no_test_item_is(folder: Path) -> None:
    published = json.loads((folder / "BrainMRI-AIS.example.json").read_text(encoding="utf-8"))
    assert [(each.key, each.input_text, each.output_text) for each in shown(folder)] == [
        (f"brainmri-ais-{record['id']}", record["input"], record["output"]) for record in published
    ]


def test_other_examples_are_another_version_and_without_any_public_items_are_shown(folder: Path) -> None:
    path = folder / "BrainMRI-AIS.example.json"
    records: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(records[::-1]), encoding="utf-8")
    assert [each.key for each in shown(folder)] == [f"brainmri-ais-{each['id']}" for each in records[::-1]]
    path.unlink()
    tests = json.loads((folder / "BrainMRI-AIS.SFT.json").read_text(encoding="utf-8"))
    keys = {f"brainmri-ais-{each['id']}" for each in tests}
    assert {each.key for each in shown(folder)} < keys


def test_examples_of_another_task_are_refused_by_file_and_record(folder: Path) -> None:
    path = folder / "BrainMRI-AIS.example.json"
    records: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps([records[0], records[1] | {"task": "MedNLI"}]), encoding="utf-8")
    with pytest.raises(CommandError, match=r"BrainMRI-AIS\.example\.json, record 2: .*'MedNLI'"):
        shown(folder)
