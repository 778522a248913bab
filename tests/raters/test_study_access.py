"""Every address of the studies, as every kind of person: who reads, who writes, and that a refusal changes nothing.

A new address is one line of ADDRESSES: who may read it and who may write to it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from raters import api_urls, urls

pytestmark = pytest.mark.django_db

PEOPLE = ("nobody", "submitter", "rater", "outsider", "coordinator", "rival", "administrator")
NONE: set[str] = set()
ALL = set(PEOPLE)
SIGNED_IN = ALL - {"nobody"}
RATER = {"rater"}  # in the study; the outsider rates in another one
MANAGERS = {"coordinator", "administrator"}  # the rival coordinates another study
COORDINATORS = MANAGERS | {"rival"}
PEOPLE_OF_IT = RATER | MANAGERS


class May(NamedTuple):
    """Who may read and write. `needs_more`: found only with a query or rows that this study has not."""

    read: set[str] = NONE
    write: set[str] = NONE
    needs_more: bool = False
    method: str = "post"


ADDRESSES = {
    "raters:studies": May(read=ALL),
    "raters:new": May(read=COORDINATORS, write=COORDINATORS),
    "raters:study": May(read=PEOPLE_OF_IT),
    "raters:consent": May(write=RATER),
    "raters:withdraw": May(write=RATER),
    "raters:rate": May(read=RATER),
    "raters:screen": May(read=RATER),
    "raters:image": May(read=RATER, needs_more=True),
    "raters:keys": May(read=SIGNED_IN, write=SIGNED_IN, method="put"),
    "raters:edit": May(read=MANAGERS, write=MANAGERS),
    "raters:newest_rubric": May(read=MANAGERS, write=MANAGERS),
    "raters:open": May(write=MANAGERS),
    "raters:lock": May(write=MANAGERS),
    "raters:clone": May(write=MANAGERS),
    "raters:delete": May(write=MANAGERS),
    "raters:dry_run": May(read=MANAGERS),
    "raters:play": May(write=MANAGERS),
    "raters:items": May(read=MANAGERS),
    "raters:add_items": May(write=MANAGERS),
    "raters:items_upload": May(read=MANAGERS),
    "raters:forget_upload": May(write=MANAGERS),
    "raters:items_template": May(read=MANAGERS),
    "raters:draw_items": May(read=MANAGERS, write=MANAGERS),
    "raters:remove_items": May(write=MANAGERS),
    "raters:item": May(read=MANAGERS),
    "raters:item_image": May(read=MANAGERS, needs_more=True),
    "raters:set_item_image": May(write=MANAGERS),
    "raters:leave_item_out": May(write=MANAGERS),
    "raters:take_item_back": May(write=MANAGERS),
    "raters:remove_item": May(write=MANAGERS),
    "raters:people": May(read=MANAGERS),
    "raters:invite": May(write=MANAGERS),
    "raters:plan_again": May(write=MANAGERS),
    "raters:add_group": May(write=MANAGERS),
    "raters:change_group": May(write=MANAGERS),
    "raters:remove_group": May(write=MANAGERS),
    "raters:remove_member": May(write=MANAGERS),
    "raters:end_member": May(write=MANAGERS),
    "raters:design": May(read=MANAGERS),
    "raters:decide": May(write=MANAGERS),
    "raters:design_meaning": May(write=MANAGERS),
    "raters:consent_text": May(write=MANAGERS),
    "raters:consent_preview": May(write=MANAGERS),
    "raters:pay": May(write=MANAGERS),
    "raters:rubrics": May(read=ALL),
    "raters:upload_rubric": May(write=COORDINATORS),
    "raters:rubric_image": May(read=ALL),
    "raters:rubric": May(read=ALL),
    "raters:rubric_toml": May(read=ALL),
    "raters:rubric_codebook": May(read=ALL),
    "raters:credential": May(read=SIGNED_IN, write=SIGNED_IN),
    "raters:credentials": May(read=COORDINATORS),
    "raters:credential_review": May(read=COORDINATORS),
    "raters:decide_credential": May(write=COORDINATORS),
    "raters:own_ratings": May(read=RATER),
    "raters:own_quality": May(read=RATER),
    "raters:take_up": May(write=RATER),
    "raters:dispute": May(write=RATER, needs_more=True),
    "raters:quality": May(read=MANAGERS),
    "raters:held_texts": May(read=MANAGERS),
    "raters:decide_text": May(write=MANAGERS, needs_more=True),
    "raters:quality_rater": May(read=MANAGERS),
    "raters:quality_act": May(write=MANAGERS, needs_more=True),
    "raters:honorarium": May(read=MANAGERS),
    "raters:payroll": May(read=MANAGERS),
    "raters:answer_dispute": May(write=MANAGERS, needs_more=True),
    "raters:agreement_methods": May(read=ALL),
    "raters:agreement": May(read=MANAGERS),
    "raters:agreement_variable": May(read=MANAGERS, needs_more=True),
    "raters:agreement_case": May(read=MANAGERS, needs_more=True),
    "raters:agreement_image": May(read=MANAGERS, needs_more=True),
    "raters:publish": May(write=MANAGERS),
    "raters:adjudication": May(read=MANAGERS),
    "raters:adjudication_case": May(read=MANAGERS, write=MANAGERS, needs_more=True),
    "raters:adjudication_view": May(read=MANAGERS, needs_more=True),
    "raters:adjudication_settle": May(write=MANAGERS, needs_more=True),
    "raters:export": May(read=MANAGERS),
    "raters:export_file": May(read=MANAGERS),
    "api-studies": May(read=SIGNED_IN),
    "api-assignment-next": May(read=RATER),
    "api-assignment-draft": May(write=RATER, method="put"),
    "api-assignment-submit": May(write=RATER),
    "api-assignment-skip": May(write=RATER),
    "api-assignment-reopen": May(write=RATER),
    "api-assignment-flag": May(write=RATER),
    "api-assignment-heartbeat": May(write=RATER),
    "api-study-agreement": May(read=MANAGERS),
    "api-study-export": May(read=MANAGERS),
}
QUERY = {"api-assignment-next": "?study=first"}


class Place(NamedTuple):
    """Where every address is asked: one study with its people."""

    study: Any
    clients: dict[str, Client]
    values: dict[str, Any]


@pytest.fixture
def place(
    study: Any, ann: Any, carla: Any, lab: Any, root_admin: Any, make_study: Callable[..., Any]
) -> Place:
    from accounts.models import User
    from raters.models import Credential, Membership
    from raters.services import memberships

    outsider = User.objects.create(username="outsider", roles=["rater"])
    rival = User.objects.create(username="other", roles=["coordinator"])
    make_study("elsewhere", [outsider], rival)
    memberships.consent(outsider, "elsewhere", 1)
    Credential.objects.create(rater=ann, profession="physician")
    member = Membership.objects.get(study=study, rater=ann)
    values = {
        "slug": study.slug, "uuid": member.assignments.order_by("place")[0].pk, "int": member.pk,
        "member": member.pk, "group": member.group_id, "number": 1, "username": "ann", "name": study.slug,
        "suffix": "csv",
    }  # fmt: skip
    people = {
        "submitter": lab, "rater": ann, "outsider": outsider, "coordinator": carla, "rival": rival,
        "administrator": root_admin,
    }  # fmt: skip
    clients = {"nobody": Client(raise_request_exception=False)}
    for name, person in people.items():
        clients[name] = Client(raise_request_exception=False)
        clients[name].force_login(person)
    return Place(study, clients, values)


def patterns() -> Iterator[tuple[str, Any]]:
    for prefix, module in (("raters:", urls), ("", api_urls)):
        for pattern in module.urlpatterns:
            yield f"{prefix}{pattern.name}", pattern


PATTERNS = dict(patterns())


def address(name: str, place: Place) -> str:
    wanted = {}
    for key, converter in PATTERNS[name].pattern.converters.items():
        kind = "uuid" if converter.to_python is uuid.UUID or "UUID" in type(converter).__name__ else "int"
        wanted[key] = place.values[kind if key == "pk" else key]
    if name.startswith("raters:rubric"):
        wanted = dict.fromkeys(wanted, place.study.rubric.slug)
    if name == "raters:export_file":
        wanted["name"] = "ratings"
    return reverse(name, kwargs=wanted) + QUERY.get(name, "")


def is_refused(response: Any) -> bool:
    to_sign_in = response.status_code == 302 and "/account/login" in response["Location"]
    return to_sign_in or response.status_code in {401, 403, 404, 405}


def database() -> dict[str, str]:
    """A digest of every table of the studies."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name.startswith("raters_")]
        found = {}
        for table in tables:
            cursor.execute(f"SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} t")
            found[table] = cursor.fetchone()[0]
    return found


def test_every_address_of_the_studies_is_classified() -> None:
    assert set(PATTERNS) == set(ADDRESSES)


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_who_may_read_it_and_who_may_write_to_it(name: str, place: Place) -> None:
    may, where = ADDRESSES[name], address(name, place)
    for person in PEOPLE:
        response = place.clients[person].get(where)
        if person in may.read:
            found = {200, 400, 404} if may.needs_more else {200}
            assert response.status_code in found, (person, response.status_code)
        else:
            assert is_refused(response), (person, response.status_code)

    before = database()
    for person in ALL - may.write:
        for method in ("post", "put", "delete"):
            response = send(place.clients[person], method, where)
            assert is_refused(response), (person, method, response.status_code)
    assert database() == before, "somebody was refused, and changed something"

    for person in may.write:
        response = send(place.clients[person], may.method, where)
        is_gone = response.status_code == 404 and (may.needs_more or name == "raters:delete")
        assert is_gone or not is_refused(response), (person, response.status_code)
        assert response.status_code < 500, person


def send(client: Client, method: str, where: str) -> Any:
    """What every write of a rater would accept, so that who they are decides and not what they sent."""
    body = {"payload": {"safe": "yes"}, "reason": "ambiguous", "note": "Look.", "seconds": 1}
    headers = {"If-Match": '"0"', "Idempotency-Key": "a-key"}
    return getattr(client, method)(where, body, content_type="application/json", headers=headers)
