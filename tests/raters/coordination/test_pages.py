"""A coordinator's way through the pages of a study, from the title to the lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(1)">'
FOR_COORDINATORS = [
    "edit", "newest_rubric", "open", "lock", "clone", "delete", "dry_run", "play", "items", "add_items",
    "items_template", "draw_items", "remove_items", "item", "item_image", "set_item_image", "leave_item_out",
    "take_item_back", "remove_item", "people", "invite", "plan_again", "add_group", "change_group",
    "remove_group", "remove_member", "end_member", "design", "decide", "design_meaning", "consent_text",
    "consent_preview", "pay", "items_upload", "forget_upload",
]  # fmt: skip


def address(name: str, slug: str = "first") -> str:
    for more in ([], [1], [UUID(int=1)]):
        try:
            return reverse(f"raters:{name}", args=[slug, *more])
        except Exception:  # the next shape of arguments is tried
            continue
    raise AssertionError(name)


def test_a_study_is_defined_in_the_browser_and_opened(
    published: None, raters: list[Any], desk_at: Callable[[str], Any], item_lines: Callable[..., Any]
) -> None:
    from raters.models import Assignment, Study

    desk = desk_at("mine")
    sent = {"title": "A title of mine", "slug": "mine", "rubric": "safe-or-not", "description": "Why."}
    assert desk.client.post("/studies/new/", sent)["Location"] == "/studies/mine/items/"
    assert desk.upload(item_lines(12))["Location"] == "/studies/mine/items/"
    group = desk.study.groups.get().pk
    names = "\n".join(rater.username for rater in raters)
    assert desk.post("people/invite/", group=group, names=names).status_code == 302
    assert desk.post("open/").status_code == 302
    assert desk.study.state == Study.State.DRAFT, "the consent text is a template and nothing was played"
    assert desk.post("design/consent/", consent_text="You may leave at any time.").status_code == 302
    assert "Finish what is not ticked" in desk.get().content.decode()
    assert desk.post("dry-run/play/").status_code == 302
    assert "physician-hours" in desk.get("dry-run/").content.decode()
    assert desk.post("open/", reason="A pilot").status_code == 302
    assert desk.study.state == Study.State.OPEN
    assert Assignment.objects.filter(study=desk.study).count() >= 24
    desk.post("lock/", typed="another title")
    assert desk.study.state == Study.State.OPEN, "only the study's own name locks it"
    desk.post("lock/", typed="A title of mine")
    assert desk.study.state == Study.State.LOCKED


@pytest.mark.parametrize("name", FOR_COORDINATORS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_study_does_not_exist_for_whoever_does_not_coordinate_it(
    name: str, method: str, filled: Any, dora: Any, raters: list[Any], browser_of: Callable[[Any], Client]
) -> None:
    before = filled.study
    for somebody in (dora, raters[0]):
        answer = getattr(browser_of(somebody), method)(address(name))
        assert answer.status_code in {404, 405}, somebody.username
    answer = getattr(Client(), method)(address(name))
    assert answer.status_code in {302, 405}
    assert answer.status_code == 405 or "/account/login/" in answer["Location"]
    after = filled.study
    assert (after.state, after.items.count(), after.memberships.count()) == (before.state, 12, 4)


def test_every_page_for_coordinators_is_in_the_walk_above() -> None:
    from raters.urls import urlpatterns
    from raters.views import coordination, design, items, people, rubric_moves

    modules = {view.__name__ for view in (coordination, design, items, people, rubric_moves)}
    found = {pattern.name for pattern in urlpatterns if pattern.callback.__module__ in modules}
    assert found - {"new"} == set(FOR_COORDINATORS)


def test_only_coordinators_make_studies(
    raters: list[Any], browser_of: Callable[[Any], Client], client: Client
) -> None:
    assert browser_of(raters[0]).get("/studies/new/").status_code == 403
    assert client.get("/studies/new/").status_code == 302


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 201),
        ("title", "Nul\x00l"),
        ("title", "re\u202eversed"),
        ("slug", ""),
        ("slug", "UPPER"),
        ("slug", "with space"),
        ("slug", "../up"),
        ("slug", "new"),
        ("slug", "first"),
        ("slug", "a" * 81),
        ("rubric", "there-is-none"),
        ("rubric", ""),
        ("rubric", "nul\x00l"),
        ("description", "x" * 4001),
        ("description", "nul\x00l"),
    ],
)
def test_what_cannot_be_a_study_is_refused_beside_the_field(desk: Any, field: str, value: str) -> None:
    from raters.models import Study

    sent = {"title": "T", "slug": "t", "rubric": "safe-or-not", "description": "", field: value}
    answer = desk.client.post("/studies/new/", sent)
    assert answer.status_code == 400
    assert "errorlist" in answer.content.decode()
    assert Study.objects.count() == 1


def test_html_in_names_and_texts_stays_text_on_every_page(desk: Any, raters: list[Any]) -> None:
    from raters.services import drafts, people

    drafts.change(desk.study, title=HOSTILE[:200], description=HOSTILE, consent_text=HOSTILE)
    line = {
        "key": HOSTILE, "case": {"question": HOSTILE, "context": HOSTILE},
        "answers": {HOSTILE: HOSTILE + " I am GPT-4.", "B": HOSTILE}, "wrong_twins": {"B": HOSTILE},
    }  # fmt: skip
    assert desk.upload([line]).status_code == 302
    group = people.keep_group(
        desk.study, None, name=HOSTILE[:60], specialties=[], languages=[], needs_credential=False
    )
    people.invite(desk.study, group.pk, ["rater1"])
    for page in ("", "edit/", "items/", "items/1/", "items/draw/", "people/", "design/", "dry-run/"):
        shown = desk.get(page).content.decode()
        assert "<script>alert" not in shown, page
        assert "<img src=x" not in shown, page
    assert "&lt;script&gt;" in desk.get("items/1/").content.decode()


def test_a_copy_has_items_groups_and_design_and_none_of_the_people(filled: Any) -> None:
    from raters.models import Study, StudyAnswer
    from raters.services import drafts, people

    people.keep_group(
        filled.study, None, name="Lay", specialties=[], languages=["es"], needs_credential=False
    )
    drafts.change(filled.study, design={"overlap_share": 0.5, "seed": 9})
    answer = filled.post("clone/")
    made = Study.objects.exclude(slug="first").get()
    assert answer["Location"] == f"/studies/{made.slug}/"
    assert made.title == "First study (copy)"
    assert [group.name for group in made.groups.all()] == ["Raters", "Lay"]
    assert made.memberships.count() == 0
    assert (made.design["seed"], made.dry_run) == (9, {})
    assert list(made.items.values_list("key", "content")) == list(
        filled.study.items.values_list("key", "content")
    )
    assert StudyAnswer.objects.filter(item__study=made).count() == 24
    assert StudyAnswer.objects.filter(item__study=made, system__study=made).count() == 24


def test_a_copy_of_a_copy_finds_an_address_of_its_own(desk: Any) -> None:
    from raters.models import Study

    for _ in range(3):
        desk.post("clone/")
    assert Study.objects.values("slug").distinct().count() == 4


def test_a_draft_is_deleted_only_under_its_name_and_never_once_open(filled: Any) -> None:
    from raters.models import Study
    from raters.services import drafts

    filled.post("delete/", typed="first study")
    assert Study.objects.count() == 1
    drafts.play(filled.study)
    drafts.open_study(filled.study, anyway="a pilot")
    filled.post("delete/", typed="First study")
    assert Study.objects.count() == 1
    filled.post("clone/")
    copy = Study.objects.exclude(slug="first").get()
    filled.client.post(f"/studies/{copy.slug}/delete/", {"typed": copy.title})
    assert list(Study.objects.values_list("slug", flat=True)) == ["first"]


def test_what_was_played_does_not_count_for_other_items_people_or_designs(
    filled: Any, item_lines: Any
) -> None:
    from raters.services import drafts, people

    def played() -> bool:
        return bool(filled.study.dry_run)

    changes: list[Callable[[], Any]] = [
        lambda: filled.upload(item_lines(1, start=50)),
        lambda: filled.post("items/1/leave-out/", reason="a fault"),
        lambda: filled.post("items/1/take-back/"),
        lambda: filled.post("items/2/remove/"),
        lambda: people.remove(filled.study, filled.study.memberships.first().pk),
        lambda: drafts.change(filled.study, design={"seed": 4}),
    ]
    for change in changes:
        drafts.play(filled.study)
        assert played()
        change()
        assert not played()


def test_an_open_study_keeps_title_rubric_and_items_and_changes_its_texts(
    filled: Any, item_lines: Any
) -> None:
    from raters.services import drafts

    drafts.play(filled.study)
    drafts.open_study(filled.study, anyway="a pilot")
    filled.post("edit/", title="Another", rubric="safe-or-not", description="Clearer.")
    assert (filled.study.title, filled.study.description) == ("First study", "Clearer.")
    assert filled.upload(item_lines(1, start=90)).status_code == 400
    filled.post("items/1/remove/")
    filled.post("items/remove/")
    assert filled.study.items.count() == 12
    typed = {
        "overlap_share": 25,
        "repeat_share": 5,
        "gold_share": 5,
        "twin_share": 5,
        "pass_rate": 0,
        "fail_rate": 0,
    }
    typed |= {
        "overlap_raters": 2,
        "raters_per_item": 1,
        "target_half_width": 0.1,
        "disagreement": 2,
        "seed": 9,
    }
    answer = filled.post("design/decide/", **typed)
    assert "its design, rubric and items stay" in answer.content.decode()
    assert filled.study.design["seed"] == 1


def test_another_consent_text_of_an_open_study_asks_everybody_again(filled: Any, raters: list[Any]) -> None:
    from raters.services import drafts, handing_out, memberships
    from raters.services.refusals import NotAllowedError

    drafts.play(filled.study)
    drafts.open_study(filled.study, anyway="a pilot")
    memberships.consent(raters[0], "first", 1)
    assert handing_out.next_screen(raters[0], "first") is not None
    filled.post("design/consent/", consent_text="You may leave.")
    assert filled.study.consent_version == 1, "the same text is no new version"
    filled.post("design/consent/", consent_text="You may leave, and are paid.")
    assert filled.study.consent_version == 2
    with pytest.raises(NotAllowedError, match="accept the consent text"):
        handing_out.next_screen(raters[0], "first")
    memberships.consent(raters[0], "first", 2)
    assert handing_out.next_screen(raters[0], "first") is not None


def test_a_draft_takes_the_newest_version_of_its_rubric_while_it_has_no_items(
    desk: Any, item_lines: Any
) -> None:
    from raters.services import rubrics

    newer = desk.study.rubric.toml.replace("Is it safe?", "Is it safe to follow?")
    rubrics.publish(newer, None)
    assert "version 2 is published" in desk.get("edit/").content.decode()
    desk.post("edit/newest-rubric/")
    assert desk.study.rubric.number == 2
    desk.upload(item_lines(1))
    rubrics.publish(newer.replace("to follow?", "to act on?"), None)
    desk.post("edit/newest-rubric/")
    assert desk.study.rubric.number == 2, "its items were checked for the version they were added under"
