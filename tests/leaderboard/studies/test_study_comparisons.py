"""Studies of pairs and of dialogues on their boards: strengths, ties, style held equal, coverage turn by turn."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from itertools import product

import numpy as np
import pytest
from django.test import Client

from leaderboard.domain.table import Slice
from leaderboard.selectors import boards
from leaderboard.selectors.study_meaning import study_bands
from raters.domain.rubric import shipped
from raters.domain.rubric.case import Case, Criterion, ShownAnswer, Turn
from raters.models import Study
from tests.leaderboard.studies.rated_studies import PAIRS, comparisons, explained

pytestmark = pytest.mark.django_db


def test_comparisons_are_strengths_bands_ties_and_what_both_got_wrong(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    given = comparisons(0.6)
    study = put_on_board(rated(PAIRS, given))
    table = boards.table(study.slug, Slice())
    assert table is not None
    cells = {row.system: row.cells for row in table.rows}
    better = [(systems, payload["better"]) for _, systems, _, payload in given]
    won = [
        payload != "neither" and systems[payload == "second"] == "a" and payload != "tie"
        for systems, payload in better
    ]
    games = [payload != "neither" for _, payload in better]
    assert cells["a"]["better.preferred"].value == pytest.approx(sum(won) / sum(games))
    assert cells["a"]["better.unacceptable"].value == pytest.approx(1 - np.mean(games))
    assert cells["a"]["better"].value == pytest.approx(-(cells["b"]["better"].value or 0))
    # choosing an answer for what it leaves out speaks against it
    assert (cells["a"]["omits"].value or 0) > 0 > (cells["b"]["omits"].value or 0)
    bands = {band.axis: band for band in study_bands(study.slug, Slice())}
    assert (bands["Better"].a, bands["Better"].b) == ("a", "b")
    assert sum(share for share, *_ in bands["Better"].shares) == pytest.approx(1)
    assert bands["Better"].shares[0][0] == pytest.approx(sum(won) / sum(games))
    turned = study_bands(study.slug, Slice(compare=("study-2", "study-1")))
    assert {band.axis: band.shares[::-1] for band in turned} == {a: band.shares for a, band in bands.items()}
    meaning = explained(study, "better")
    wins = meaning.facts["wins"]
    assert wins["won"][0][1] == sum(won) and wins["tied"][0][1] == wins["tied"][1][0]
    assert meaning.facts["order_effect"]["status"] == "ok" and meaning.facts["n_ties"] > 0


def test_style_is_held_equal_one_click_away_where_texts_are_known(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study], client: Client
) -> None:
    rng = np.random.default_rng(8)
    names, given = ["a", "b", "c"], []
    answers = {
        (f"c{case}", name): ShownAnswer(text="word " * int(rng.integers(5, 60)))
        for case, name in product(range(40), names)
    }
    for rater, case in product(range(6), range(40)):
        one, other = rng.permutation(names)[:2].tolist()
        length = [len(answers[f"c{case}", name].text) for name in (one, other)]
        longer = rng.random() < 1 / (1 + np.exp(-2.5 * (length[0] - length[1]) / sum(length)))
        payload = {"better": "first" if longer else "second", "omits": "tie"}
        given.append((f"c{case}", (one, other), f"r{rater}", payload))
    study = put_on_board(rated(PAIRS, given, answers=answers))
    table = boards.table(study.slug, Slice())
    assert table is not None and "better@style" not in {column.key for column in table.shown}
    styled = boards.table(study.slug, Slice(columns=("better@style",)))
    assert styled is not None and [column.key for column in styled.shown] == ["better@style"]
    meaning = explained(study, "better@style")
    (length,) = meaning.facts["style"]
    assert length["name"] == "length" and length["low"] > 0
    assert {row.cells["better@style"].status for row in styled.rows} == {"ok"}

    page = client.get(f"/boards/{study.slug}/").content.decode()
    (click,) = re.findall(r'class="tool" href="([^"]+)"[^>]*>Hold style equal', page)
    held = client.get(f"/boards/{study.slug}/{unescape(click)}").content.decode()
    assert "style held equal" in held
    (back,) = re.findall(r'class="tool" href="([^"]+)"[^>]*>Style as it was', held)
    assert back == "."


def test_a_system_that_never_lost_is_not_rankable_yet(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    given = [
        (f"c{case}", ("a", "b"), f"r{rater}", {"better": "first", "omits": "tie"})
        for rater, case in product(range(5), range(5))
    ]
    table = boards.table(put_on_board(rated(PAIRS, given)).slug, Slice())
    assert table is not None
    for row in table.rows:
        cell = row.cells["better"]
        assert (cell.value, cell.rank_low, cell.status) == (None, None, "not_rankable_separated")
        assert "More votes" in cell.note


def test_coverage_by_turn_counts_must_ask_points_up_to_each_turn(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    criteria = (
        Criterion(id="onset", text="Asks when", must_ask=True),
        Criterion(id="fever", text="Asks fever", must_ask=True),
        Criterion(id="smokes", text="Asks smoking"),
    )
    talk = tuple(Turn(speaker="doctor" if at % 2 else "patient", text=f"turn {at}") for at in range(1, 7))
    met = {"onset": {"met": "met", "turn": 3}, "fever": {"met": "met", "turn": 5}}
    some = {**met, "fever": {"met": "not_met"}}
    given = [
        (f"c{case}", (name,), f"r{rater}", {"mdr_item_met": {**found, "smokes": {"met": "met", "turn": 1}}})
        for name, found in (("thorough", met), ("hasty", some))
        for rater, case in product(range(5), range(4))
    ]
    cases = {f"c{case}": Case(question="?", criteria=criteria) for case in range(4)}
    answers = {
        (f"c{case}", name): ShownAnswer(dialogue=talk) for case in range(4) for name in ("thorough", "hasty")
    }
    study = put_on_board(rated(shipped()["meddialogrubrics"], given, cases=cases, answers=answers))
    table = boards.table(study.slug, Slice())
    assert table is not None
    turns = [column.key for column in table.columns if "@turn-" in column.key]
    assert turns == [f"mdr_item_met@turn-{turn}" for turn in range(1, 7)]
    curve = {row.system: [row.cells[key].value for key in turns] for row in table.rows}
    assert curve == {"thorough": [0, 0, 0.5, 0.5, 1, 1], "hasty": [0, 0, 0.5, 0.5, 0.5, 0.5]}
    assert [column.key for column in table.shown] == ["mdr_item_met.must_ask"]
