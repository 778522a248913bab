"""A benchmark is loaded whole or not at all, and once for each content."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evaluation.models import Benchmark, BenchmarkVersion, Item, Reference, Task
from evaluation.selectors import benchmarks

pytestmark = pytest.mark.django_db


def load(path: Path, *options: str) -> str:
    out = io.StringIO()
    call_command("load_benchmark", str(path), *options, stdout=out)
    return out.getvalue()


def edit(folder: Path, line: int, **changes: Any) -> None:
    lines = (folder / "items.jsonl").read_text(encoding="utf-8").splitlines()
    lines[line] = json.dumps(json.loads(lines[line]) | changes)
    (folder / "items.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def folder(tiny: Any, tmp_path: Path) -> Path:
    return tmp_path / "tiny"


def test_items_lie_side_by_side_by_task_and_references_apart(tiny: Any) -> None:
    assert list(Item.objects.values_list("key", flat=True)) == [
        "c0",
        "c1",
        "c2",
        "c3",
        "c4",
        "v0",
        "v1",
        "v2",
    ]
    assert [(task.slug, task.first_position, task.item_count) for task in Task.objects.all()] == [
        ("choice", 0, 5),
        ("verdict", 5, 3),
    ]
    assert Reference.objects.get(item__key="v2").gold == {"label": "maybe"}
    assert tiny.item_count == 8


def test_the_same_content_is_loaded_once(tiny: Any, folder: Path) -> None:
    assert "already loaded" in load(folder)
    assert BenchmarkVersion.objects.count() == 1


def test_other_content_is_a_new_version_and_the_old_one_stays(tiny: Any, folder: Path) -> None:
    edit(folder, 0, gold={"letters": ["C"]})
    assert "tiny v2" in load(folder)
    current = benchmarks.current_version("tiny")
    assert current is not None
    assert current.number == 2
    assert Item.objects.filter(version=tiny).count() == Item.objects.filter(version=current).count() == 8


def test_going_back_to_old_content_makes_the_old_version_current(tiny: Any, folder: Path) -> None:
    right = (folder / "items.jsonl").read_text(encoding="utf-8")
    edit(folder, 0, gold={"letters": ["C"]})
    load(folder)
    (folder / "items.jsonl").write_text(right, encoding="utf-8")
    assert "already loaded" in load(folder)
    assert benchmarks.current_version("tiny") == tiny


@pytest.mark.parametrize(
    ("line", "change", "reason"),
    [
        (7, {"gold": {"label": "perhaps"}}, "perhaps"),
        (3, {"id": "c0"}, "c0"),
        (4, {"gold": {"letters": ["Z"]}}, "Z"),
        (2, {"task": "elsewhere"}, "elsewhere"),
    ],
)
def test_a_broken_file_is_refused_with_line_and_reason_and_nothing_is_stored(
    tiny: Any, folder: Path, line: int, change: dict[str, Any], reason: str
) -> None:
    edit(folder, line, **change)
    with pytest.raises(CommandError) as refusal:
        load(folder)
    assert f"line {line + 1}" in str(refusal.value)
    assert reason in str(refusal.value)
    assert "Nothing was loaded" in str(refusal.value)
    assert BenchmarkVersion.objects.count() == 1
    assert Item.objects.count() == 8


def test_a_name_that_is_not_shipped_lists_those_that_are(db: None) -> None:
    with pytest.raises(CommandError, match="sample"):
        load(Path("no-such-benchmark"))
    assert not Benchmark.objects.exists()


def test_the_shipped_sample_loads_by_its_name(db: None) -> None:
    load(Path("sample"))
    version = benchmarks.current_version("sample")
    assert version is not None
    assert version.synthetic
    assert version.item_count > 100


FOLDERS = ["medqa", "medmcqa", "mmlu_medical", "mmlu_pro_health", "pubmedqa", "medec", "medrect", "rabbits", "casimedicos_arg",
           "biomed_ner", "medsss_eval", "medcalc_bench", "xlinghealth", "aci_bench", "mts_dialog", "m_arc", "igakuqa119"]  # fmt: skip


@pytest.mark.parametrize("name", FOLDERS)
def test_a_published_folder_is_loaded_and_its_own_references_score_as_right(
    db: None, lab: Any, published_data: Path, name: str
) -> None:
    """Real items go through the whole of the journey: loaded, answered with the gold, scored."""
    from django.core.files.base import File

    from evaluation.models import Score
    from evaluation.services import submissions
    from workers import tasks

    load(published_data / name)
    version = benchmarks.current_version(name)
    assert version is not None
    rows = [
        json.dumps({"id": reference.item.key, "output": as_answer(reference.item, reference.gold)})
        for reference in Reference.objects.filter(item__version=version).select_related("item__task")
    ]
    file = File(io.BytesIO("\n".join(rows).encode()), name="p.jsonl")
    submission, _ = submissions.submit(lab, version, "Gold", "", "p.jsonl", file)
    assert submission.verdict == "accepted", submission.findings
    tasks.serve_queue()
    scores = Score.objects.filter(run__submission=submission, split="all")
    assert scores.count() == version.tasks.count()
    for score in scores:
        assert score.value == pytest.approx(1.0, abs=0.005), (score.task.slug, score.value, score.n_unparsed)


def as_answer(item: Item, gold: dict[str, Any]) -> str:
    """The reference as a system that knew it would write it."""
    if "letters" in gold:
        return ", ".join(gold["letters"])
    if "label" in gold:
        return str(gold["label"])
    if "labels" in gold:
        return ", ".join(gold["labels"])
    if "records" in gold:
        lines = (
            ", ".join(f"{name}: {value}" for name, value in record.items()) + ";"
            for record in gold["records"]
        )
        return "\n".join(lines) or "None"
    if "references" in gold:
        return str(gold["references"][0])
    if "flag" in gold:
        return f'1 {gold["sentence_id"]} "{gold["correction"]}"' if gold["flag"] else "0 -1 NA"
    if gold["kind"] == "weeks_days":
        return "{} weeks, {} days".format(*gold["value"])
    return str(gold["value"])
