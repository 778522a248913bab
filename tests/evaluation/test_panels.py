"""Judges convened to a panel: its verdicts follow by the rule, and it is scored and ranked like a judge."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.files.base import File
from django.core.management import CommandError, call_command

from evaluation.domain.judging.convened import NOTHING_DECIDED, panel_answer
from evaluation.models import Answer, Item, Run, Score
from evaluation.selectors import benchmarks
from evaluation.services import panels, submissions
from workers import tasks

VERDICTS = {
    "one": {"risk_label": "Risk level: 4", "criterion": '{"criteria_met": true}', "preference": "Answer A"},
    "two": {"risk_label": "Risk level: 2", "criterion": '{"criteria_met": false}', "preference": "Answer A"},
    "three": {"risk_label": "nothing to say", "criterion": "hm", "preference": "tie"},
}


@pytest.mark.parametrize(
    ("family", "rule", "said"),
    [
        ("risk_label", "majority", '{"risk_level": 4}'),
        ("risk_label", "any", NOTHING_DECIDED),
        ("criterion", "majority", '{"criteria_met": false}'),
        ("criterion", "any", '{"criteria_met": true}'),
        ("criterion", "all", '{"criteria_met": false}'),
        ("preference", "majority", '{"preference": "a"}'),
        ("preference", "all", '{"preference": "tie"}'),
    ],
)
def test_the_verdict_of_a_panel_follows_by_its_rule(family: str, rule: Any, said: str) -> None:
    assert panel_answer(family, [each[family] for each in VERDICTS.values()], rule) == said


def test_the_turn_of_a_criterion_is_the_median_of_those_who_found_it() -> None:
    outputs = [f'{{"criteria_met": true, "turn": {turn}}}' for turn in (7, 2, 4)]
    assert json.loads(panel_answer("criterion", outputs)) == {"criteria_met": True, "turn": 4}


def test_a_family_that_is_not_of_judging_has_no_panel() -> None:
    with pytest.raises(ValueError, match="no family of judging"):
        panel_answer("multiple_choice", ["A"])


@pytest.fixture
def judges(db: None, lab: Any) -> dict[str, Any]:
    call_command("load_benchmark", "sample_judging", verbosity=0)
    version = benchmarks.current_version("sample_judging")
    assert version is not None
    made = {}
    for name, verdicts in VERDICTS.items():
        items = Item.objects.filter(version=version).select_related("task")
        lines = [json.dumps({"id": item.key, "output": verdicts[item.task.family]}) for item in items]
        file = File(io.BytesIO("\n".join(lines).encode()))
        made[name], _ = submissions.submit(lab, version, f"Judge {name}", "", "p.jsonl", file)
    tasks.serve_queue()
    return made


@pytest.mark.django_db
def test_a_panel_is_scored_beside_its_members(judges: dict[str, Any], lab: Any) -> None:
    ids = [str(judge.pk) for judge in judges.values()]
    said = io.StringIO()
    call_command("panel", *ids, "--system", "Panel of three", "--submitter", "lab", stdout=said)
    tasks.serve_queue()
    run = Run.objects.get(submission__system_name="Panel of three")
    assert run.state == "scored"
    assert f"/submissions/{run.submission_id}/" in said.getvalue()
    assert run.submission.mode == "panel of 3, majority"
    outputs = dict(Answer.objects.filter(run=run).values_list("position", "output").order_by("position"))
    first = Item.objects.get(version=run.submission.version, position=0)
    assert outputs[0] == panel_answer(
        first.task.family, [each[first.task.family] for each in VERDICTS.values()]
    )
    assert Score.objects.filter(run=run).exists()
    call_command("panel", *ids, "--system", "Panel of three", "--submitter", "lab", stdout=said)
    assert Run.objects.filter(submission__system_name="Panel of three").count() == 1, "the same panel again"


@pytest.mark.django_db
def test_what_makes_no_panel_is_refused_with_the_reason(judges: dict[str, Any], lab: Any, tiny: Any) -> None:
    one, two, three = judges.values()
    cases: list[tuple[list[Any], Any, str]] = [
        ([one], "majority", "two different judges"),
        ([one, one], "majority", "two different judges"),
        ([one, two], "most", "No rule"),
    ]
    for members, rule, why in cases:
        with pytest.raises(panels.NoPanelError, match=why):
            panels.convene(lab, "Panel", members, rule)
    Run.objects.filter(submission=three).update(state="failed")
    three.refresh_from_db()
    with pytest.raises(panels.NoPanelError, match="not scored"):
        panels.convene(lab, "Panel", [one, three])
    with pytest.raises(CommandError, match="no submission"):
        call_command("panel", "nonsense", "x", "--system", "Panel", "--submitter", "lab")
    with pytest.raises(CommandError, match="nobody"):
        call_command("panel", str(one.pk), str(two.pk), "--system", "Panel", "--submitter", "ghost")
