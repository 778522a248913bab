"""Doubts, what was made of them, and the one page on which everything that happened stands."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import File
from django.test import Client
from django.urls import reverse

from evaluation.domain.publication import Publication
from evaluation.models import Submission
from evaluation.services import rescoring, submissions
from leaderboard.models import Flag, ReportedTable, ScoreEvent
from leaderboard.selectors import boards
from leaderboard.selectors.boards import Slice
from leaderboard.selectors.changes import Changes, Wanted
from leaderboard.services import control, moderation
from leaderboard.services.control import RefusedError
from tests.signed_in import signed_in
from workers import tasks

pytestmark = pytest.mark.django_db

Answers = Callable[..., bytes]
WHY = "The same answers as another system."


@pytest.fixture
def submit(lab: Any, tiny: Any, answers_to: Answers) -> Callable[..., Submission]:
    def hand_in(system: str = "Alpha", publication: Publication | None = None, **wrong: Any) -> Submission:
        file = File(io.BytesIO(answers_to(**wrong)), name="p.jsonl")
        made, _ = submissions.submit(lab, tiny, system, "", "p.jsonl", file, publication=publication)
        tasks.serve_queue()
        return Submission.objects.get(pk=made.pk)

    return hand_in


def systems() -> list[str]:
    table = boards.table("tiny", Slice())
    assert table is not None
    return [row.system for row in table.rows]


def lines(**wanted: Any) -> list[tuple[str, str, str]]:
    found = Changes(Wanted(**wanted))
    return [(each.kind, each.system, each.reason) for each in found[0 : len(found)]]


def test_hidden_leaves_the_board_and_comes_back_with_reasons(submit: Any, root_admin: Any) -> None:
    submission = submit()
    moderation.hide(submission.run, root_admin, WHY)
    assert systems() == []
    with pytest.raises(RefusedError, match="already"):
        moderation.hide(submission.run, root_admin, WHY)
    moderation.show(submission.run, root_admin, "It was a copy of ours, with leave.")
    assert systems() == ["Alpha"]
    with pytest.raises(RefusedError, match="not hidden"):
        moderation.show(submission.run, root_admin, WHY)
    assert [line[:2] for line in lines()] == [("shown", "Alpha"), ("hidden", "Alpha"), ("published", "Alpha")]
    assert lines()[1][2] == WHY


def test_a_withdrawn_run_cannot_be_shown_again(submit: Any, root_admin: Any, lab: Any) -> None:
    submission = submit()
    control.withdraw(submission, lab)
    for act in (moderation.hide, moderation.show):
        with pytest.raises(RefusedError):
            act(submission.run, root_admin, WHY)
    with pytest.raises(RefusedError, match="on a board"):
        moderation.flag(submission.run, root_admin, WHY)


def test_one_open_flag_a_person_and_result_and_so_many_a_day(
    submit: Any, rival: Any, eve: Any, root_admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = submit(), submit("Beta", wrong=("c0",))
    flag = moderation.flag(one.run, rival, WHY)
    with pytest.raises(RefusedError, match="already"):
        moderation.flag(one.run, rival, WHY)
    moderation.flag(one.run, eve, WHY)
    moderation.resolve(flag, root_admin, "They share a base model: both say so now.")
    moderation.flag(one.run, rival, "And the second half of the answers too.")
    monkeypatch.setattr(moderation, "FLAGS_A_DAY", 2)
    with pytest.raises(RefusedError, match="24 hours"):
        moderation.flag(other.run, rival, WHY)
    with pytest.raises(RefusedError, match="Say why"):
        moderation.flag(other.run, eve, "bad")
    with pytest.raises(RefusedError, match="resolved before"):
        moderation.resolve(flag, root_admin, WHY)
    [resolved] = lines(kinds=("flag_resolved",))
    assert resolved[1] == "Alpha"
    assert "share a base model" in resolved[2]


def test_flagging_and_moderating_in_the_browser(submit: Any, rival: Any, root_admin: Any) -> None:
    submission = submit()
    where = reverse("leaderboard:flag", args=[submission.run.pk])
    assert where in Client().get(reverse("evaluation:submission", args=[submission.pk])).content.decode()
    assert Client().get(where).status_code == 302
    person = signed_in(rival)
    assert person.post(where, {"reason": "no"}).status_code == 400
    assert person.post(where, {"reason": WHY}).status_code == 302
    page = reverse("leaderboard:moderation")
    assert person.get(page).status_code == 404
    boss = signed_in(root_admin)
    assert WHY in boss.get(page).content.decode()
    flag = Flag.objects.get()
    for name, argument in (("hide", submission.run.pk), ("show", submission.run.pk), ("resolve", flag.pk)):
        address = reverse(f"leaderboard:{name}", args=[argument])
        assert person.post(address, {"reason": WHY}).status_code == 404
        assert boss.get(address).status_code == 405
    boss.post(reverse("leaderboard:hide", args=[submission.run.pk]), {"reason": WHY})
    assert systems() == []
    hidden = Client().get(reverse("evaluation:submission", args=[submission.pk])).content.decode()
    assert "Hidden from the board by a moderator" in hidden
    assert "Hide it" not in boss.get(page).content.decode().split("Hidden results")[1]
    boss.post(reverse("leaderboard:show", args=[submission.run.pk]), {"reason": "All is well with it."})
    boss.post(reverse("leaderboard:resolve", args=[flag.pk]), {"reason": "Nothing was found."})
    assert systems() == ["Alpha"]
    assert "No flag is open" in boss.get(page).content.decode()


def test_the_changes_page_tells_everything_newest_first(
    submit: Any, lab: Any, root_admin: Any, rival: Any
) -> None:
    submission, kept = submit(), submit("Beta", Publication("anonymous"), wrong=("c0",))
    rescoring.ask_for_rescore(submission.run, root_admin, "Another version of the scorer.")
    tasks.serve_queue()
    control.choose(kept, lab, Publication("public"))
    ReportedTable.objects.create(
        board="tiny",
        title="Table 2 of a paper",
        url="https://papers.example.org/2",
        sha256="0" * 64,
        columns=[],
    )
    control.withdraw(submission, lab, "Not our best.")
    assert [kind for kind, _, _ in lines()] == [
        "withdrawn", "reported", "named", "scored_again", "published", "published",
    ]  # fmt: skip
    page = Client().get("/boards/tiny/changes/").content.decode()
    for words in ("Not our best.", "Another version of the scorer.", "Table 2 of a paper", "Beta"):
        assert words in page
    only = Client().get("/boards/tiny/changes/", {"kind": "withdrawn"}).content.decode()
    assert "Not our best." in only
    assert "Another version" not in only
    assert Client().get("/boards/nowhere/changes/").status_code == 404
    assert Client().get("/changes/", {"kind": "nonsense", "page": "99"}).status_code == 200


def test_a_line_leads_to_the_board_just_before_and_just_after(submit: Any, lab: Any) -> None:
    submission = submit()
    submit("Beta", wrong=("c0",))
    control.withdraw(submission, lab)
    change = Changes(Wanted("tiny"))[0]
    before = Client().get("/boards/tiny/", {"as_of": change.before}).content.decode()
    after = Client().get("/boards/tiny/", {"as_of": change.after}).content.decode()
    assert "Alpha" in before
    assert "Alpha" not in after
    assert "Beta" in after


def test_a_system_without_a_name_has_none_here_and_is_not_found_by_it(
    submit: Any, root_admin: Any, rival: Any
) -> None:
    submission = submit("Quetzal", Publication("anonymous"))
    moderation.hide(submission.run, root_admin, WHY)
    assert all("Quetzal" not in system for _, system, _ in lines())
    assert lines(system="quetzal") == []
    [shown] = {system for _, system, _ in lines()}
    assert shown.startswith("Anonymous")


def test_pages_of_changes_join_without_a_gap(submit: Any, root_admin: Any, client: Client) -> None:
    submission = submit()
    for number in range(25):
        moderation.hide(submission.run, root_admin, f"hidden for the {number}. time")
        moderation.show(submission.run, root_admin, f"shown for the {number}. time")
    every = Changes(Wanted())
    assert len(every) == 51
    joined = [*every[0:20], *every[20:40], *every[40:60]]
    assert joined == list(every[0:51])
    assert [change.at for change in joined] == sorted((change.at for change in joined), reverse=True)
    second = client.get("/changes/", {"page": "2"})
    assert "Page 2 of 2" in second.content.decode()
    first = client.get("/api/v1/boards/tiny/changes/", {"limit": "30"}).json()
    rest = client.get(first["next"]).json()
    assert (first["count"], len(first["results"]), len(rest["results"])) == (51, 30, 21)
    assert rest["next"] is None
    assert ScoreEvent.objects.count() == 51


def test_the_feed_holds_the_newest(submit: Any, client: Client, root_admin: Any) -> None:
    submission = submit()
    moderation.hide(submission.run, root_admin, WHY)
    for address in ("/changes/feed.atom", "/boards/tiny/changes/feed.atom"):
        feed = client.get(address)
        assert feed["Content-Type"].startswith("application/atom+xml")
        assert WHY in feed.content.decode()
        assert "as_of=" in feed.content.decode()
    assert client.get("/boards/nowhere/changes/feed.atom").status_code == 404
