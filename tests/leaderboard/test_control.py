"""A submitter decides who sees a result; what was shown stays told; boards of the past stay what they were."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import File
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from evaluation.domain.publication import Publication
from evaluation.models import Submission
from evaluation.services import submissions
from evaluation.services.admission import RefusedError as NotAdmittedError
from leaderboard.models import ScoreEvent
from leaderboard.selectors import boards
from leaderboard.selectors.boards import Slice
from leaderboard.selectors.control import control_of
from leaderboard.services import control
from leaderboard.services.control import RefusedError
from tests.signed_in import signed_in
from workers import tasks

pytestmark = pytest.mark.django_db

Answers = Callable[..., bytes]
TODAY = timezone.now().date()


@pytest.fixture
def submit(lab: Any, tiny: Any, answers_to: Answers) -> Callable[..., Submission]:
    def hand_in(publication: Publication | None = None, system: str = "Alpha", **wrong: Any) -> Submission:
        file = File(io.BytesIO(answers_to(**wrong)), name="p.jsonl")
        made, _ = submissions.submit(lab, tiny, system, "", "p.jsonl", file, publication=publication)
        tasks.serve_queue()
        return Submission.objects.get(pk=made.pk)

    return hand_in


def systems(**wanted: Any) -> list[str]:
    table = boards.table("tiny", Slice(**wanted))
    assert table is not None
    return [row.system for row in table.rows]


def kinds(submission: Submission) -> list[str]:
    return list(ScoreEvent.objects.filter(run=submission.run).values_list("kind", flat=True))


def test_without_a_word_it_is_public_and_ones_own(submit: Any) -> None:
    submission = submit()
    assert (submission.visibility, submission.relation) == ("public", "own")
    assert systems() == ["Alpha"]


def test_private_stays_off_every_board_until_it_is_made_public(submit: Any, lab: Any) -> None:
    submission = submit(Publication("private"))
    assert systems() == []
    assert kinds(submission) == []
    control.choose(submission, lab, Publication("public"))
    assert systems() == ["Alpha"]
    assert kinds(submission) == ["published"]


def test_a_model_whose_owner_was_not_asked_stays_private_until_consent_is_told(submit: Any, lab: Any) -> None:
    submission = submit(Publication("public", relation="not_asked"))
    assert submission.visibility == "private"
    assert systems() == []
    with pytest.raises(RefusedError, match="how the owner agreed"):
        control.choose(submission, lab, Publication("public", relation="agreed"))
    control.choose(submission, lab, Publication("public", relation="agreed", consent="Apache-2.0"))
    submission.refresh_from_db()
    assert submission.consent == "Apache-2.0"
    assert systems() == ["Alpha"]


def test_anonymous_is_ranked_without_its_name_and_named_at_once_when_asked(submit: Any, lab: Any) -> None:
    submission = submit(Publication("anonymous"))
    [shown] = systems()
    assert "Alpha" not in shown
    before = timezone.now()
    control.choose(submission, lab, Publication("public"))
    assert systems() == ["Alpha"]
    assert kinds(submission)[-1] == "named"
    assert systems(as_of=before) == [shown], "the board of then keeps its name back"


def test_what_was_named_is_never_made_anonymous_or_private(submit: Any, lab: Any) -> None:
    submission = submit()
    with pytest.raises(RefusedError, match="shown already"):
        control.choose(submission, lab, Publication("anonymous"))
    with pytest.raises(RefusedError, match="Withdraw it"):
        control.choose(submission, lab, Publication("private"))
    anonymous = submit(Publication("anonymous"), "Beta", wrong=("c0",))
    with pytest.raises(RefusedError, match="Withdraw it"):
        control.choose(anonymous, lab, Publication("private"))
    assert systems(sort="system")[0] == "Alpha" or "Alpha" in systems()


def test_the_sweep_names_what_is_due_and_nothing_earlier(submit: Any) -> None:
    submission = submit(Publication("anonymous", named_on=TODAY + timedelta(days=3)))
    tasks.sweep()
    assert "Alpha" not in systems()
    assert control.name_those_due(TODAY + timedelta(days=2)) == 0
    assert control.name_those_due(TODAY + timedelta(days=3)) == 1
    assert systems() == ["Alpha"]
    event = ScoreEvent.objects.get(run=submission.run, kind="named")
    assert event.author is None
    submission.refresh_from_db()
    assert (submission.visibility, submission.named_on) == ("public", None)
    assert control.name_those_due(TODAY + timedelta(days=4)) == 0


def test_a_sweep_on_the_day_itself_names_it(submit: Any) -> None:
    submission = submit(Publication("anonymous", named_on=TODAY + timedelta(days=1)))
    Submission.objects.filter(pk=submission.pk).update(named_on=TODAY)
    tasks.sweep()
    assert systems() == ["Alpha"]


def test_withdrawn_is_gone_for_good_and_the_past_keeps_it(submit: Any, lab: Any) -> None:
    submission = submit()
    before = timezone.now()
    control.withdraw(submission, lab, "A mistake in our prompt.")
    assert systems() == []
    assert systems(as_of=before) == ["Alpha"]
    for refused in (
        lambda: control.withdraw(submission, lab),
        lambda: control.choose(submission, lab, Publication("public")),
    ):
        with pytest.raises(RefusedError, match="withdrawn"):
            refused()
    tasks.publish_scored()
    assert systems() == []


def test_only_what_is_on_a_board_can_be_withdrawn(submit: Any, lab: Any) -> None:
    with pytest.raises(RefusedError, match="no board"):
        control.withdraw(submit(Publication("private")), lab)


@pytest.mark.parametrize(
    ("publication", "field"),
    [
        (Publication("anonymous", named_on=TODAY), "named_on"),
        (Publication("public", named_on=TODAY + timedelta(days=2)), "named_on"),
        (Publication(relation="agreed"), "consent"),
        (Publication("everybody"), "visibility"),
        (Publication(relation="a friend's"), "relation"),
        (Publication(relation="agreed", consent="x" * 501), "consent"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_with_what_to_do(
    submit: Any, publication: Publication, field: str
) -> None:
    with pytest.raises(NotAdmittedError) as refusal:
        submit(publication)
    assert refusal.value.field == field
    assert not Submission.objects.exists()


def test_the_browser_form_takes_the_choice_and_says_what_is_wrong(
    lab: Any, tiny: Any, answers_to: Answers
) -> None:
    client = signed_in(lab)
    page = client.get("/submit/").content.decode()
    for words in ("Who sees its scores", "Whose model it is", "How its owner agreed"):
        assert words in page
    sent = {"benchmark": "tiny", "system": "Alpha", "visibility": "anonymous", "relation": "agreed"}
    refused = client.post("/submit/", {**sent, "file": io.BytesIO(answers_to())})
    assert refused.status_code == 400
    assert "how the owner agreed" in refused.content.decode()
    day = (TODAY + timedelta(days=9)).isoformat()
    taken = client.post(
        "/submit/", {**sent, "consent": "MIT licence", "named_on": day, "file": io.BytesIO(answers_to())}
    )
    assert taken.status_code == 302
    submission = Submission.objects.get()
    assert (submission.visibility, submission.named_on.isoformat(), submission.consent) == (
        "anonymous",
        day,
        "MIT licence",
    )


def test_programs_choose_too_and_older_calls_mean_what_they_did(
    lab: Any, tiny: Any, answers_to: Answers
) -> None:
    client = signed_in(lab)

    def send(system: str, **more: str) -> Any:
        sent = {"benchmark": "tiny", "system": system, **more, "file": io.BytesIO(answers_to())}
        return client.post("/api/v1/submissions/", sent)

    assert send("Old").status_code == 201
    assert send("Mine", visibility="private").status_code == 201
    wrong = send("Bad", visibility="hidden")
    assert wrong.status_code == 400
    assert wrong.json()["problems"][0]["key"] == "visibility"
    assert send("Late", visibility="anonymous", named_on="soon").json()["problems"][0]["key"] == "named_on"
    chosen = dict(Submission.objects.values_list("system_name", "visibility"))
    assert chosen == {"Old": "public", "Mine": "private"}
    told = client.get(f"/api/v1/submissions/{Submission.objects.get(system_name='Mine').pk}/").json()
    assert (told["visibility"], told["relation"]) == ("private", "own")


def test_the_control_page_leads_through_all_of_it(submit: Any, lab: Any, rival: Any) -> None:
    submission = submit(Publication("anonymous"))
    where = reverse("leaderboard:control", args=[submission.pk])
    assert Client().get(where).status_code == 302
    assert signed_in(rival).get(where).status_code == 404
    client = signed_in(lab)
    assert (
        reverse("leaderboard:control", args=[submission.pk])
        in client.get(reverse("evaluation:submission", args=[submission.pk])).content.decode()
    )
    page = client.get(where).content.decode()
    assert "without its name" in page
    choose = reverse("leaderboard:visibility", args=[submission.pk])
    refused = client.post(choose, {"visibility": "private", "relation": "own"})
    assert refused.status_code == 400
    assert "Withdraw it to take it off" in refused.content.decode()
    assert client.post(choose, {"visibility": "public", "relation": "own"}).status_code == 302
    assert systems() == ["Alpha"]
    withdraw = reverse("leaderboard:withdraw", args=[submission.pk])
    client.post(withdraw, {"reason": "No."})
    assert control_of(submission).withdrawn is None, "the box was not ticked"
    assert signed_in(rival).post(withdraw, {"sure": "1"}).status_code == 404
    client.post(withdraw, {"sure": "1", "reason": "A mistake of ours."})
    page = Client().get(reverse("evaluation:submission", args=[submission.pk])).content.decode()
    assert "A mistake of ours." in page
    assert systems() == []


def test_a_choice_and_its_event_are_one(submit: Any, lab: Any) -> None:
    """A moment of the past before an anonymous run was published never shows its name."""
    submission = submit(Publication("anonymous"))
    moments = [event.at for event in ScoreEvent.objects.filter(run=submission.run)]
    for at in moments:
        assert all("Alpha" not in name for name in systems(as_of=at))
