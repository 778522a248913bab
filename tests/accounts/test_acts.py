"""Every privileged act leaves a line that nobody can change, and no address or command can be forgotten."""

from __future__ import annotations

import csv
import io
import re
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.acts import RecordedCommand, record
from accounts.models import ApiToken, PrivilegedAct, User
from consilium.privileged_addresses import ON_OTHERS, PRIVILEGED
from evaluation.models import Recipe
from raters.models import Credential
from tests.raters.conftest import open_study
from tests.raters.test_study_access import ADDRESSES as OF_STUDIES
from tests.signed_in import signed_in
from tests.test_every_method import TAKES

pytestmark = pytest.mark.django_db

# Addresses that take a write and need no more than everybody's rights, with the reason.
OWN_ACCOUNT = "everybody's own account"
OWN_RATING = "a rater's own work, kept in the chained ledger"
SHOWS_ONLY = "computes what is shown, and keeps nothing"
NOT_PRIVILEGED = {
    "accounts:create_token": OWN_ACCOUNT,
    "accounts:revoke_token": OWN_ACCOUNT,
    "accounts:language": OWN_ACCOUNT,
    "raters:keys": OWN_ACCOUNT,
    "raters:credential": OWN_ACCOUNT,
    "evaluation:submit": "everybody may submit; a key that is given is written down by the database",
    "evaluation:submit_model": "everybody may submit; a key that is given is written down by the database",
    "api-submissions": "everybody may submit; a key that is given is written down by the database",
    "leaderboard:flag": "everybody may doubt a score; the flag is public",
    "raters:consent": OWN_RATING,
    "raters:withdraw": OWN_RATING,
    "raters:take_up": OWN_RATING,
    "raters:dispute": OWN_RATING,
    "api-assignment-draft": OWN_RATING,
    "api-assignment-submit": OWN_RATING,
    "api-assignment-skip": OWN_RATING,
    "api-assignment-reopen": OWN_RATING,
    "api-assignment-flag": OWN_RATING,
    "api-assignment-heartbeat": OWN_RATING,
    "raters:play": SHOWS_ONLY,
    "raters:design_meaning": SHOWS_ONLY,
    "raters:consent_preview": SHOWS_ONLY,
    "raters:forget_upload": "a file of the study's own coordinator that was not taken in",
}
ONLY_READS = "only reads, or only makes what the machine itself needs"
UNRECORDED_COMMANDS = {
    "rank": ONLY_READS, "agreement": ONLY_READS, "verify_ratings": ONLY_READS, "verify_receipt": ONLY_READS,
    "up": ONLY_READS, "make_bucket": ONLY_READS, "messages": ONLY_READS,
    "publish_rubrics": "publishes what comes with the platform, at every start",
}  # fmt: skip
OURS = ("accounts", "consilium", "evaluation", "raters", "leaderboard", "workers", "telemetry")


def acts(kind: str) -> list[PrivilegedAct]:
    return list(PrivilegedAct.objects.filter(kind=kind).order_by("pk"))


def test_every_address_that_takes_a_write_is_recorded_or_known_not_to_be_privileged() -> None:
    writing = set(TAKES) | {name for name, may in OF_STUDIES.items() if may.write}
    assert writing == set(PRIVILEGED) | ON_OTHERS | set(NOT_PRIVILEGED)
    assert not set(NOT_PRIVILEGED) & (set(PRIVILEGED) | ON_OTHERS)


def test_every_command_of_ours_is_recorded_or_known_to_only_read() -> None:
    ours = {name: app for name, app in get_commands().items() if str(app).split(".")[0] in OURS}
    recorded = {
        name for name, app in ours.items() if isinstance(load_command_class(str(app), name), RecordedCommand)
    }
    assert set(ours) - recorded == set(UNRECORDED_COMMANDS)


def test_the_ledger_is_only_added_to(root_admin: User) -> None:
    record(root_admin, PrivilegedAct.Kind.STUDY, "study first")
    for statement in (
        "UPDATE accounts_privilegedact SET reason = 'x'",
        "DELETE FROM accounts_privilegedact",
        "SET LOCAL consilium.ratings_may_be_truncated = 'no'; TRUNCATE accounts_privilegedact",
    ):
        with (
            pytest.raises(DatabaseError, match="never edited"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert len(acts("study")) == 1


def save_person(root: User, person: User, roles: str, **fields: str) -> None:
    form = {
        "username": person.username, "roles": roles, "date_joined_0": "2025-01-01",
        "date_joined_1": "00:00:00", **fields,
    }  # fmt: skip
    answer = signed_in(root).post(f"/admin/accounts/user/{person.pk}/change/", form)
    assert answer.status_code == 302


def test_roles_and_switch_offs_name_who_did_it_and_what_changed(root_admin: User, lab: User) -> None:
    save_person(root_admin, lab, "submitter,rater")
    act = acts("person")[-1]
    assert (act.person, act.by, act.subject) == (root_admin, "root", "person lab")
    assert act.details == (
        "name lab; roles submitter; active → name lab; roles submitter, rater; switched off"
    )
    assert acts("admin")[-1].subject == "user lab"


def test_rights_changed_behind_the_site_leave_a_line_too(lab: User) -> None:
    User.objects.filter(pk=lab.pk).update(is_superuser=True)
    act = acts("person")[-1]
    assert act.person is None
    assert act.by.startswith("database, as ")
    assert "may do all" in act.details


def test_signing_in_and_signing_up_leave_none(client: Client, lab: User) -> None:
    before = PrivilegedAct.objects.count()
    client.post("/account/login/", {"login": "lab", "password": "lab-long-password"})
    sent = {"username": "new", "password1": "a-long-new-secret", "password2": "a-long-new-secret"}
    Client().post("/account/signup/", sent)
    assert User.objects.filter(username="new").exists()
    assert PrivilegedAct.objects.count() == before


def test_a_second_factor_that_is_removed_for_somebody_is_recorded(root_admin: User, lab: User) -> None:
    from allauth.mfa.models import Authenticator

    factor = Authenticator.objects.create(user=lab, type="totp", data={"secret": "x"})
    answer = signed_in(root_admin).post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 302
    act = acts("admin")[-1]
    assert (act.by, act.details.split()[0]) == ("root", "deleted")
    assert "authenticator" in act.subject


def test_a_token_made_for_somebody_is_recorded_without_the_token(lab: User) -> None:
    out = io.StringIO()
    call_command("create_token", "lab", stdout=out)
    act = acts("command")[-1]
    assert (act.subject, "username: lab" in act.details) == ("create_token", True)
    assert out.getvalue().strip() not in act.details
    assert act.by.startswith("command line, as ")
    assert ApiToken.objects.filter(owner=lab).count() == 1


def test_a_command_that_refused_leaves_none(db: None) -> None:
    with pytest.raises(CommandError):
        call_command("create_token", "nobody-there")
    assert not acts("command")


def test_moderation_is_recorded_with_its_reason_and_a_refusal_is_not(
    root_admin: User, lab: User, tiny: Any, answers_to: Any
) -> None:
    from django.core.files.base import File

    from evaluation.services import submissions
    from workers import tasks

    file = File(io.BytesIO(answers_to()), name="p.jsonl")
    made, _ = submissions.submit(lab, tiny, "Alpha", "", "p.jsonl", file)
    tasks.serve_queue()
    root, place = signed_in(root_admin), reverse("leaderboard:hide", args=[made.run.pk])
    root.post(place, {"reason": "no"})  # too short a reason
    assert not acts("moderation")
    signed_in(lab).post(place, {"reason": "The same answers as another system."})
    assert not acts("moderation")
    root.post(place, {"reason": "The same answers as another system."})
    act = acts("moderation")[-1]
    assert (act.by, act.subject) == ("root", f"run {made.run.pk}")
    assert (act.details, act.reason) == ("hide", "The same answers as another system.")

    own = reverse("leaderboard:withdraw", args=[made.pk])
    signed_in(lab).post(own, {"sure": "on", "reason": "It was the wrong file."})
    assert not acts("foreign run")


def test_who_cancels_somebody_elses_run_leaves_a_line(
    root_admin: User, lab: User, tiny: Any, answers_to: Any
) -> None:
    from django.core.files.base import File

    from evaluation.services import submissions

    file = File(io.BytesIO(answers_to()), name="p.jsonl")
    made, _ = submissions.submit(lab, tiny, "Alpha", "", "p.jsonl", file)
    signed_in(root_admin).post(reverse("evaluation:cancel", args=[made.pk]))
    act = acts("foreign run")[-1]
    assert (act.by, act.subject, act.details) == ("root", f"submission {made.pk}", "cancel")


def test_acts_on_a_study_are_recorded(root_admin: User, eve: User) -> None:
    carla = User.objects.create(username="carla", roles=["coordinator"])
    eve.roles = ["rater"]
    eve.save()
    study = open_study("first", [eve], carla)
    client = signed_in(carla)
    member = study.memberships.get()
    client.post(reverse("raters:end_member", args=["first", member.pk]))
    act = acts("raters")[-1]
    assert (act.by, act.subject, act.details) == ("carla", f"study first, member {member.pk}", "end member")

    credential = Credential.objects.create(rater=eve, profession="physician")
    sent = {"decision": "return", "version": credential_version(client), "note": "Which speciality is it?"}
    client.post(reverse("raters:decide_credential", args=["eve"]), sent)
    act = acts("credential")[-1]
    assert (act.subject, act.reason) == ("person eve", "Which speciality is it?")
    assert act.details == "decide credential; decision: return"
    assert credential.pk


def credential_version(client: Client) -> str:
    page = client.get(reverse("raters:credential_review", args=["eve"])).content.decode()
    found = re.search(r'name="version" value="([^"]+)"', page)
    assert found, page
    return found[1]


def test_a_key_of_an_endpoint_that_is_given_replaced_or_used_leaves_a_line(lab: User, tiny: Any) -> None:
    from evaluation.services.sealed_keys import seal
    from tests.evaluation.test_model_pages import asked_for

    made = asked_for(lab, tiny, "M")
    assert not acts("key given")
    recipe = Recipe.objects.filter(submission=made)
    recipe.update(base_url="https://user:hidden@models.example/v1?key=hidden", sealed_key=seal("first"))
    recipe.update(sealed_key=seal("second"), worker="models@one")
    recipe.update(engines=[{"part": "system"}])
    recipe.update(told="nothing of the key changed")
    assert [(act.by, act.details) for act in acts("key given")] == [
        ("lab", "for https://models.example/v1")
    ] * 2
    assert [(act.by, act.details) for act in acts("key used")] == [
        ("worker models@one", "at https://models.example/v1")
    ]
    assert "hidden" not in str(PrivilegedAct.objects.values_list("details", flat=True))


@pytest.fixture
def page(root_admin: User) -> Client:
    for number in range(60):
        record(root_admin, PrivilegedAct.Kind.STUDY, f"study s{number}", "lock", '=HYPERLINK("x")')
    return signed_in(root_admin)


def test_an_administrator_reads_filters_and_downloads_every_act(page: Client) -> None:
    where = reverse("privileged-acts")
    assert "study s59" in page.get(where).content.decode()
    assert "study s59" not in page.get(where, {"page": 2}).content.decode()
    found = page.get(where, {"subject": "s7", "kind": "study", "by": "ROOT"}).content.decode()
    assert "study s7" in found
    assert "study s59" not in found
    assert "Nothing here" in page.get(where, {"until": "2001-01-01"}).content.decode()
    assert "Enter a valid date" in page.get(where, {"since": "soon"}).content.decode()
    sent = page.get(reverse("privileged-acts-file"), {"kind": "study"})
    rows = list(csv.DictReader(io.StringIO(sent.getvalue().decode())))  # type: ignore[attr-defined]
    assert len(rows) == 60
    assert {row["reason"] for row in rows} == {'\'=HYPERLINK("x")'}


def test_what_the_administration_says_is_told_in_words(root_admin: User, lab: User) -> None:
    save_person(root_admin, lab, "submitter,rater", is_active="on")
    shown = signed_in(root_admin).get(reverse("privileged-acts")).content.decode()
    assert "changed. Changed " in shown
    assert "[{" not in shown[shown.index("<main") :]


def test_nobody_else_finds_the_page(lab: User, client: Client) -> None:
    for where in (reverse("privileged-acts"), reverse("privileged-acts-file")):
        assert signed_in(lab).get(where).status_code == 404
        assert client.get(where).status_code == 302


def test_the_commands_named_here_are_there() -> None:
    for name in UNRECORDED_COMMANDS:
        app = get_commands()[name]
        assert import_module(f"{app}.management.commands.{name}")
    assert {config.name for config in apps.get_app_configs()} >= set(OURS) - {"telemetry"}
