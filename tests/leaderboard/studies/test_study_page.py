"""The page of a study's board says what was asked, by whom, and what its numbers cannot say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User
from leaderboard.domain.table import Slice
from leaderboard.models import StudyResults
from leaderboard.selectors import boards, study_boards
from leaderboard.services import study_protocol
from raters.models import Credential, Study
from tests.leaderboard.studies.rated_studies import LEVELS, PAIRS, comparisons, levels

pytestmark = pytest.mark.django_db


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
