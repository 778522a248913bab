"""Baselines answer every family, and see only what a system may see."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evaluation.selectors import benchmarks
from workers.backends.baseline import BASELINES

pytestmark = pytest.mark.django_db


@pytest.fixture
def sample(db: None) -> Any:
    call_command("load_benchmark", "sample", stdout=io.StringIO())
    return benchmarks.current_version("sample")


@pytest.mark.parametrize("name", BASELINES)
def test_every_item_of_the_sample_is_answered(sample: Any, name: str) -> None:
    items = [json.loads(line) for line in benchmarks.items_as_lines(sample)]
    answers = [BASELINES[name](item) for item in items]
    assert len(answers) == sample.item_count
    assert all(isinstance(answer, str) and answer for answer in answers)
    assert len({item["family"] for item in items}) == 9


def test_baselines_differ(sample: Any) -> None:
    items = [json.loads(line) for line in benchmarks.items_as_lines(sample)]
    given = {name: tuple(baseline(item) for item in items) for name, baseline in BASELINES.items()}
    assert len(set(given.values())) == len(BASELINES)


def test_demo_people_are_never_made_on_a_real_site(db: None, settings: Any) -> None:
    from accounts.models import User

    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG=true"):
        call_command("load_demo")
    assert not User.objects.exists()
