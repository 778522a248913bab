"""A credential counts once somebody else has confirmed it, and never what was changed afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import Error, transaction
from hypothesis import given
from hypothesis import strategies as st

from raters.domain.language_names import read_languages
from raters.domain.languages import LANGUAGES
from raters.models import Credential, CredentialRecord, RaterGroup, StudyAnswer
from raters.selectors import design
from raters.translated_names import named
from tests.signed_in import signed_in

PAGE = "/account/credential/"
FILLED = {
    "profession": "Consultant physician",
    "languages": "English, german",
    "country": "US",
    "licence_number": "1234567893",  # 80840 and this: the Luhn sum is 70
    "orcid": "https://orcid.org/0000-0002-1825-0097",
    "years_in_practice": "12",
    "specialties": ["cardiology"],
}


def version_of(person: Any) -> str:
    return str(Credential.objects.get(rater=person).changed_at.isoformat())


def decide(by: Any, about: Any, decision: str, note: str = "", version: str = "") -> Any:
    sent = {"decision": decision, "note": note, "version": version or version_of(about)}
    return signed_in(by).post(f"/raters/{about.username}/decide/", sent, follow=True)


def acts(person: Any) -> list[str]:
    return [record.act for record in CredentialRecord.objects.filter(rater=person).order_by("pk")]


def confirmed(rater: Any, by: Any, **changed: Any) -> Credential:
    signed_in(rater).post(PAGE, FILLED | changed)
    decide(by, rater, "confirm")
    found = Credential.objects.get(rater=rater)
    assert found.confirmed_at is not None
    return found


def test_somebody_asks_to_become_a_rater_and_is_one_once_confirmed(eve: Any, carla: Any) -> None:
    assert signed_in(eve).post(PAGE, FILLED).status_code == 302
    eve.refresh_from_db()
    assert eve.roles == []
    assert "eve" in signed_in(carla).get("/raters/?standing=pending").content.decode()
    decide(carla, eve, "confirm")
    eve.refresh_from_db()
    assert eve.roles == ["rater"]
    kept = Credential.objects.get(rater=eve)
    assert (kept.languages, kept.orcid, kept.confirmed_by) == (["en", "de"], "0000-0002-1825-0097", carla)
    assert acts(eve) == ["asked", "confirmed"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("licence_number", "1234567890", "check digit"),
        ("licence_number", "9234567893", "begins with 1 or 2"),
        ("orcid", "0000-0002-1825-0098", "does not fit"),
        ("orcid", "mine", "sixteen digits"),
        ("languages", "Germann", "Did you mean German?"),
        ("languages", " ", "This field is required"),
        ("languages", ",;,", "at least one language"),
        ("country", "XX", "Select a valid choice"),
        ("specialties", ["witchcraft"], "Select a valid choice"),
        ("years_in_practice", "-1", "greater than or equal to 0"),
        ("years_in_practice", "9" * 40, "less than or equal to 80"),
        ("profession", "Phys\u202eician", "cannot be seen"),
        ("profession", "x" * 5000, "at most 80"),
        ("licence_number", "12\x0034", "Null characters"),
    ],
)
def test_what_cannot_be_right_is_said_beside_the_field_and_nothing_is_kept(
    eve: Any, field: str, value: Any, said: str
) -> None:
    response = signed_in(eve).post(PAGE, FILLED | {field: value})
    assert response.status_code == 400
    assert said in response.content.decode()
    assert not Credential.objects.exists()


def test_a_change_after_the_confirmation_needs_a_yes_and_removes_it(ann: Any, carla: Any) -> None:
    confirmed(ann, carla)
    page = signed_in(ann).get(PAGE).content.decode()
    assert "Any change removes the confirmation" in page
    refused = signed_in(ann).post(PAGE, FILLED | {"profession": "Nurse"})
    assert refused.status_code == 400
    assert "tick that you know it" in refused.content.decode()
    assert Credential.objects.get(rater=ann).confirmed_at is not None
    signed_in(ann).post(PAGE, FILLED | {"profession": "Nurse", "agreed": "on"})
    kept = Credential.objects.get(rater=ann)
    assert (kept.profession, kept.confirmed_at, kept.confirmed_by) == ("Nurse", None, None)
    assert acts(ann) == ["changed", "confirmed", "unconfirmed"]


def test_saving_the_same_again_changes_nothing(ann: Any, carla: Any) -> None:
    confirmed(ann, carla)
    for _ in range(3):
        signed_in(ann).post(PAGE, FILLED)
    assert Credential.objects.get(rater=ann).confirmed_at is not None
    assert acts(ann) == ["changed", "confirmed"]


def test_what_was_changed_meanwhile_is_not_confirmed_unseen(ann: Any, carla: Any) -> None:
    signed_in(ann).post(PAGE, FILLED)
    seen = version_of(ann)
    signed_in(ann).post(PAGE, FILLED | {"profession": "Nurse"})
    answer = decide(carla, ann, "confirm", version=seen)
    assert "changed it since you opened the page" in answer.content.decode()
    assert Credential.objects.get(rater=ann).confirmed_at is None


def test_nobody_confirms_their_own(carla: Any) -> None:
    signed_in(carla).post(PAGE, FILLED)
    assert "another coordinator" in decide(carla, carla, "confirm").content.decode()
    assert Credential.objects.get(rater=carla).confirmed_at is None


def test_a_credential_is_returned_with_a_note_that_its_rater_reads(ann: Any, carla: Any) -> None:
    confirmed(ann, carla)
    assert "Say what is missing" in decide(carla, ann, "return", "  ").content.decode()
    for _ in range(2):  # a double click is one return
        decide(carla, ann, "return", "The number is <b>expired</b>.")
    page = signed_in(ann).get(PAGE).content.decode()
    assert "The number is &lt;b&gt;expired&lt;/b&gt;." in page
    assert acts(ann) == ["changed", "confirmed", "returned"]
    assert Credential.objects.get(rater=ann).confirmed_at is None


@pytest.mark.parametrize("where", ["/raters/", "/raters/ann/"])
def test_credentials_are_seen_by_coordinators_alone(
    where: str, ann: Any, ben: Any, eve: Any, root_admin: Any, carla: Any
) -> None:
    signed_in(ann).post(PAGE, FILLED)
    for person in (ann, ben, eve):
        assert signed_in(person).get(where).status_code == 404
    for person in (carla, root_admin):
        assert signed_in(person).get(where).status_code == 200
    assert signed_in(carla).get("/raters/nobody/").status_code == 404
    assert decide(ben, ann, "confirm").status_code == 404
    assert Credential.objects.get(rater=ann).confirmed_at is None


@pytest.mark.parametrize(
    "words", ["ann", "cardiol", "united states", "0097", "consultant phys", "%", "\x00", "x" * 9999]
)
def test_the_search_takes_any_words(words: str, ann: Any, ben: Any, carla: Any) -> None:
    signed_in(ann).post(PAGE, FILLED)
    page = signed_in(carla).get("/raters/", {"q": words, "standing": "nonsense", "page": "-3"})
    assert page.status_code == 200
    found = "/raters/ann/" in page.content.decode()
    assert found == (words not in ("%", "x" * 9999))


def test_those_who_wait_stand_first(ann: Any, ben: Any, eve: Any, carla: Any) -> None:
    confirmed(ann, carla)
    for person in (ben, eve):
        signed_in(person).post(PAGE, FILLED)
    page = signed_in(carla).get("/raters/").content.decode()
    places = [page.index(f"/raters/{name}/") for name in ("ben", "eve", "ann")]
    assert places == sorted(places)
    assert "2 wait for you" in page


def test_the_record_cannot_be_rewritten(ann: Any, carla: Any) -> None:
    confirmed(ann, carla)
    for change in (lambda: CredentialRecord.objects.update(note="no"), CredentialRecord.objects.all().delete):
        with pytest.raises(Error, match="appended, never changed"), transaction.atomic():
            change()


def test_where_a_group_asks_for_a_credential_only_a_confirmed_one_counts(
    ann: Any, ben: Any, carla: Any, make_study: Callable[..., Any]
) -> None:
    study = make_study("asks", [ann, ben], carla)
    RaterGroup.objects.filter(study=study).update(needs_credential=True, specialties=["cardiology"])
    group = study.groups.get()
    signed_in(ann).post(PAGE, FILLED)
    confirmed(ben, carla, specialties=["neurology"])
    assert design.raters_of(group) == []  # Ann's is not confirmed, Ben's is of another specialty
    decide(carla, ann, "confirm")
    assert [rater.id for rater in design.raters_of(group)] == [str(study.memberships.get(rater=ann).pk)]
    signed_in(ann).post(PAGE, FILLED | {"years_in_practice": "13", "agreed": "on"})
    assert design.raters_of(group) == []


def test_nobody_is_given_what_they_wrote_or_what_their_own_system_wrote(
    ann: Any, ben: Any, carla: Any, make_study: Callable[..., Any]
) -> None:
    from evaluation.models import System
    from raters.domain.rubric import Case, ShownAnswer
    from raters.services import studies

    from_tests = make_study("first", [ann, ben], carla)
    rubric = from_tests.rubric
    System.objects.create(name="Of Ann", owner=ann)
    study = studies.create(
        carla, "conflict", "C", rubric, design={"overlap_share": 0.0, "raters_per_item": 1}
    )
    for n in range(8):
        answers = {"Of Ann": ShownAnswer(text=f"One, {n}."), "By Ben": ShownAnswer(text=f"Two, {n}.")}
        studies.add_item(study, f"i{n}", Case(question=f"{n}?"), answers, authors={"By Ben": ben})
    studies.invite(study, study.groups.get(), [ann, ben])
    studies.open_study(study, without_dry_run=True)
    given = {ann: set(), ben: set()}
    for row in study.assignments.select_related("membership__rater"):
        given[row.membership.rater] |= set(row.answers)
    of_ann = set(StudyAnswer.objects.filter(system__name="Of Ann").values_list("pk", flat=True))
    by_ben = set(StudyAnswer.objects.filter(author=ben).values_list("pk", flat=True))
    assert not given[ann] & of_ann
    assert not given[ben] & by_ben


@given(st.lists(st.sampled_from([code for code, _ in LANGUAGES]), min_size=1, max_size=20, unique=True))
def test_languages_are_read_back_as_they_are_written(codes: list[str]) -> None:
    assert read_languages(", ".join(named(codes, LANGUAGES))) == codes
