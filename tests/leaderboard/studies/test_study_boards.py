"""What stands on the board of a published study, and what never does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from leaderboard.domain.table import Slice
from leaderboard.models import StudyResults
from leaderboard.selectors import boards, study_boards
from leaderboard.selectors.study_meaning import study_bands, study_columns_meaning, study_wins, to_separate
from leaderboard.services import study_boards as deriving
from leaderboard.services import study_protocol
from raters.domain.rubric import shipped
from raters.domain.rubric.case import Case, Criterion, ShownAnswer, Turn
from raters.models import AgreementTally, Credential, Membership, RatingRevision, Study
from raters.services import counting, results
from workers import tasks

pytestmark = pytest.mark.django_db

LEVELS = """
id = "level"
title = "One level"
description = "One answer, one question."
unit = "answer"
source = "Ours."
guidelines = "Look at it."

[[axes]]
id = "harm"
label = "Harm"
question = "How bad could it become?"
type = "ordinal"
options = [
  { value = "none", label = "Nothing at all", top_bin = true },
  { value = "little", label = "Hardly anything", top_bin = true },
  { value = "much", label = "Much" },
]
"""


def levels(shares: dict[str, float], raters: int = 6, cases: int = 8, seed: int = 3) -> list[Any]:
    """Every rater on every case and system; a share of them finds nothing at all."""
    rng = np.random.default_rng(seed)
    drawn = {name: rng.random((raters, cases)) < share for name, share in shares.items()}
    return [
        (f"c{case}", (name,), f"r{rater}", {"harm": "none" if drawn[name][rater, case] else "much"})
        for name, rater, case in product(shares, range(raters), range(cases))
    ]


def test_a_top_bin_is_named_and_its_numbers_are_those_of_the_studys_own_pages(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    given = levels({"good": 0.9, "fair": 0.6, "bad": 0.15})
    study = put_on_board(rated(LEVELS, given))
    table = boards.table(study.slug, Slice())
    assert table is not None and table.head.kind == "study"
    assert [column.key for column in table.shown] == ["harm"]
    assert "Nothing at all, Hardly anything" in table.shown[0].metric
    tally = AgreementTally.objects.get(study=study, variable="harm")
    names = {system.pk: system.name for system in study.systems.all()}
    kept = {names[one["system"]]: one for one in tally.estimates["systems"]["top_bin"]}
    for row in table.rows:
        cell, own = row.cells["harm"], kept[row.system]
        assert (cell.value, cell.low, cell.high, cell.n) == (own["value"], own["low"], own["high"], own["n"])
        assert (row.rank_low, row.rank_high, row.band) == (cell.rank_low, cell.rank_high, cell.band)
        assert row.average is None
    assert [row.system for row in table.rows][-1] == "bad"
    (meaning,) = study_columns_meaning(study.slug, Slice())
    alpha = tally.estimates["coefficients"]["krippendorff_alpha"]
    assert meaning.agreement is not None
    assert (meaning.agreement["value"], meaning.agreement["low"]) == (alpha["value"], alpha["low"])
    assert meaning.question == "How bad could it become?"


def test_every_level_has_its_share_and_they_add_up(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    study = put_on_board(rated(LEVELS, levels({"good": 0.9, "bad": 0.3})))
    table = boards.table(study.slug, Slice())
    assert table is not None
    for row in table.rows:
        shares = [row.cells[f"harm@{level}"].value or 0.0 for level in ("none", "little", "much")]
        assert sum(shares) == pytest.approx(1)
        assert row.cells["harm.level"].value == pytest.approx(1 + shares[1] + 2 * shares[2])
        assert row.cells["harm@much"].rank_low is None  # a share of one answer is no merit


def test_groups_of_raters_are_never_pooled(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    given = levels({"one": 0.9, "two": 0.3}) + [
        (case, system, f"lay-{rater}", payload)
        for case, system, rater, payload in levels({"one": 0.2, "two": 0.8}, seed=4)
    ]
    groups = {rater: "Patients" if rater.startswith("lay") else "Physicians" for _, _, rater, _ in given}
    study = put_on_board(rated(LEVELS, given, groups=groups))
    seen = {}
    for name in ("Physicians", "Patients", "", "Nobody"):
        table = boards.table(study.slug, Slice(group=name))
        assert table is not None and table.head.groups == ("Physicians", "Patients")
        seen[name] = {row.system: (row.cells["harm"].value, row.cells["harm"].n) for row in table.rows}
    assert seen["Physicians"] == seen[""] == seen["Nobody"]
    for name, of_group in (("Physicians", "r"), ("Patients", "lay")):
        for system in ("one", "two"):
            own = [p["harm"] == "none" for _, s, r, p in given if s == (system,) and r.startswith(of_group)]
            assert seen[name][system] == (pytest.approx(np.mean(own)), len(own))


def test_a_study_that_is_not_published_is_nowhere(rated: Callable[..., Study], client: Client) -> None:
    study = rated(LEVELS, levels({"one": 0.9, "two": 0.3}))
    assert deriving.waiting() == []
    assert deriving.derive(study) is None
    assert boards.table(study.slug, Slice()) is None
    assert study.slug not in {listing.head.slug for listing in boards.listed()}
    for address in (f"/boards/{study.slug}/", f"/boards/{study.slug}/study/", f"/boards/{study.slug}-joint/"):
        assert client.get(address).status_code == 404
    # neither when results were derived and the study is taken back
    StudyResults.objects.create(study=study, **deriving.results_of(study))
    assert boards.table(study.slug, Slice()) is None
    assert client.get(f"/boards/{study.slug}/study/").status_code == 404


def test_the_worker_derives_a_board_once_and_again_when_what_counts_has_changed(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    study = put_on_board(rated(LEVELS, levels({"one": 0.9, "two": 0.3})))
    tasks.publish_study()
    assert StudyResults.objects.filter(study=study).count() == 1
    before = boards.table(study.slug, Slice())
    moment = timezone.now()
    then = boards.table(study.slug, Slice(as_of=moment))
    left = Membership.objects.get(study=study, name="r0")
    left.state = Membership.State.WITHDRAWN
    left.save()
    RatingRevision.objects.filter(membership=left).update(counted=False)
    assert deriving.waiting() == []  # not before it is counted
    counting.count_all_new(study)
    assert deriving.waiting() == []  # and settled
    results.settle(study)
    tasks.publish_study()
    assert StudyResults.objects.filter(study=study).count() == 2
    now, again = boards.table(study.slug, Slice()), boards.table(study.slug, Slice(as_of=moment))
    assert before is not None and now is not None and then is not None and again is not None
    assert now.revision == 2 and now.row("study-1") != before.row("study-1")
    assert now.rows[0].cells["harm"].n == 40 and before.rows[0].cells["harm"].n == 48
    assert again == then and again.rows == before.rows
    empty = boards.table(study.slug, Slice(as_of=moment - timedelta(days=1)))
    assert empty is not None and empty.rows == () and empty.head.title == now.head.title


def test_the_sorted_column_orders_the_page_and_pairs_are_of_that_column(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    two = LEVELS + LEVELS[LEVELS.index("[[axes]]") :].replace('"harm"', '"use"').replace("Harm", "Use")
    given = [
        (case, system, rater, {**payload, "use": "much" if payload["harm"] == "none" else "none"})
        for case, system, rater, payload in levels({"one": 0.95, "two": 0.1})
    ]
    study = put_on_board(rated(two, given))
    assert [row.system for row in boards.table(study.slug, Slice()).rows] == ["one", "two"]  # type: ignore[union-attr]
    by_use = boards.table(study.slug, Slice(sort="use"))
    assert by_use is not None
    assert [(row.system, row.rank_low) for row in by_use.rows] == [("two", 1), ("one", 2)]
    for sort, better in (("rank", "study-1"), ("use", "study-2")):
        pairs = boards.pairs(study.slug, Slice(sort=sort))
        assert pairs is not None
        at = pairs.keys.index(better)
        assert pairs.difference[at].max() > 0 and pairs.p_adjusted[at].min() < 0.05
        assert pairs.low[at, 1 - at] < pairs.difference[at, 1 - at] < pairs.high[at, 1 - at]


def test_weights_blend_shares_only_when_a_reader_gives_them(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    study = put_on_board(rated(LEVELS, levels({"one": 0.9, "two": 0.3})))
    table = boards.table(study.slug, Slice(weights=(("harm", 3.0), ("harm@much", 1.0))))
    assert table is not None
    for row in table.rows:
        top, much = row.cells["harm"].value, row.cells["harm@much"].value
        assert row.average == pytest.approx((3 * (top or 0) + (much or 0)) / 4)


def test_more_ratings_are_planned_for_two_that_are_not_told_apart(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    study = put_on_board(rated(LEVELS, levels({"one": 0.66, "two": 0.5, "bad": 0.05})))
    table = boards.table(study.slug, Slice())
    assert table is not None
    keys = {row.system: row.key for row in table.rows}
    plan = to_separate(study.slug, Slice(), keys["one"], keys["two"])
    assert plan is not None and plan.ratings > 20 and plan.grows in ("cases", "raters", "both")
    assert to_separate(study.slug, Slice(), keys["one"], keys["bad"]) is None


PAIRS = """
id = "two"
title = "Two answers"
description = "Which is better."
unit = "pair"
answers = 2
source = "Ours."
guidelines = "Look at both."

[[axes]]
id = "better"
label = "Better"
question = "Which is better?"
type = "pairwise"
selected_means = "better"
options = [
  { value = "first", label = "First" },
  { value = "tie", label = "Tie" },
  { value = "second", label = "Second" },
  { value = "neither", label = "Both unacceptable" },
]

[[axes]]
id = "omits"
label = "Omits"
question = "Which leaves more out?"
type = "pairwise"
selected_means = "worse"
options = [
  { value = "first", label = "First" },
  { value = "tie", label = "Tie" },
  { value = "second", label = "Second" },
]
"""


def comparisons(wins: float, seed: int = 5, raters: int = 6, cases: int = 12) -> list[Any]:
    """Systems a and b on either side in turns; a wins this share, and is never said to leave more out."""
    rng = np.random.default_rng(seed)
    given = []
    for rater, case in product(range(raters), range(cases)):
        a_first, u = bool((rater + case) % 2), rng.random()
        systems = ("a", "b") if a_first else ("b", "a")
        a_wins = "first" if a_first else "second"
        other = "second" if a_first else "first"
        chosen = "neither" if u > 0.95 else "tie" if u > 0.85 else a_wins if u < wins else other
        omits = "tie" if rng.random() < 0.4 else other if rng.random() < 0.8 else a_wins
        given.append((f"c{case}", systems, f"r{rater}", {"better": chosen, "omits": omits}))
    return given


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
    wins = study_wins(study.slug, Slice())
    assert wins is not None and wins.won[0, 1] == sum(won) and wins.tied[0, 1] == wins.tied[1, 0]
    meaning = study_columns_meaning(study.slug, Slice())[0]
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
    (meaning,) = study_columns_meaning(study.slug, Slice(columns=("better@style",)))
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


def test_the_page_says_what_was_asked_by_whom_and_what_the_numbers_cannot_say(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study], client: Client
) -> None:
    study = put_on_board(rated(LEVELS, levels({"one": 0.9, "two": 0.3}, raters=3)))
    text = client.get(f"/boards/{study.slug}/study/").content.decode()
    for said in ("How bad could it become?", "top bin", "Hardly anything", "3 raters are too few", "CC0-1.0"):
        assert said in text
    assert f"/studies/{study.slug}/agreement/variable/?group=" in text
    assert client.get(f"/studies/{study.slug}/export/").status_code == 200
    answer = client.get(f"/boards/{study.slug}/?as_of=nonsense")
    assert answer.status_code == 400


def test_what_is_kept_is_plain_and_names_no_rater(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    given = [(case, systems, f"Dr-{rater}", payload) for case, systems, rater, payload in comparisons(0.6)]
    study = put_on_board(rated(PAIRS, given))
    kept = StudyResults.objects.get(study=study)
    text = json.dumps(kept.results, allow_nan=False)
    assert "Dr-" not in text and b"Dr-" not in bytes(kept.matrices)
    assert study_boards.table(study.slug, Slice()) is not None


def test_raters_are_told_by_specialty_and_country_but_never_fewer_than_three(
    rated: Callable[..., Study],
) -> None:
    study = rated(LEVELS, levels({"one": 0.9, "two": 0.3}, raters=5))
    assert study_protocol.people([member.pk for member in study.memberships.all()])["not_said"]
    told = [
        ("cardiology", "DE"),
        ("cardiology", "DE"),
        ("cardiology", "FR"),
        ("dermatology", "FR"),
        ("", "DE"),
    ]
    for member, (specialty, country) in zip(study.memberships.all(), told, strict=True):
        member.rater = User.objects.create(username=f"dr-{member.pk}")
        member.save()
        specialties = [specialty] if specialty else []
        Credential.objects.create(rater=member.rater, specialties=specialties, country=country)
    found = study_protocol.people([member.pk for member in study.memberships.all()])
    assert found["specialties"] == {"told": [{"name": "Cardiology", "n": 3}], "few": True}
    assert found["countries"] == {"told": [{"name": "Germany", "n": 3}], "few": True}
    assert "Dermatology" not in str(found) and "France" not in str(found)


def test_files_of_published_data_are_read_to_the_end(
    on_board: Callable[..., Study], published_data: Path
) -> None:
    study = on_board("pubmedqa")
    table = boards.table(study.slug, Slice())
    assert table is not None and len(table.head.groups) == 2
