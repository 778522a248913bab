"""Whatever is sent is answered: with a clear refusal, never with a fault of the server, and nothing of it stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from raters.models import Draft, Flag, RatingRevision, Receipt

pytestmark = pytest.mark.django_db

Rater = Callable[..., Any]
HTTP = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
SAFE = b'{"payload": {"safe": "yes"}}'
HEADERS = {"If-Match": '"0"', "Idempotency-Key": "a-key"}
WRITES = {"draft": "put", "submit": "post"}
ACTIONS = {**WRITES, "skip": "post", "flag": "post", "heartbeat": "post", "reopen": "post"}


def send(
    rater: Any, pk: str, action: str, body: bytes, kind: str = "application/json", **headers: str
) -> Any:
    sent = {name.replace("_", "-"): value for name, value in headers.items()} or HEADERS
    where = f"/api/v1/assignments/{pk}/{action}/"
    return rater.client.generic(ACTIONS[action].upper(), where, body, content_type=kind, headers=sent)


def is_clear_refusal(response: Any) -> bool:
    return 400 <= response.status_code < 500 and bool(response.json())


def nothing_is_kept() -> bool:
    return not any(model.objects.exists() for model in (Draft, RatingRevision, Receipt, Flag))


MALFORMED = {
    "nothing": b"",
    "no JSON": b"safe=yes",
    "half a JSON": b'{"payload": {"safe": "yes"',
    "a list": b"[]",
    "a text": b'"yes"',
    "null": b"null",
    "a number": b"1",
    "not UTF-8": b'{"payload": {"safe": "\xff\xfe"}}',
    "no payload": b'{"client": "desk"}',
    "payload null": b'{"payload": null}',
    "payload a list": b'{"payload": [["safe", "yes"]]}',
    "payload a text": b'{"payload": "yes"}',
    "NaN": b'{"payload": {"safe": NaN}}',
    "infinity": b'{"payload": {"safe": -Infinity}}',
    "larger than any float": b'{"payload": {"safe": 1e999}}',
    "a null character": b'{"payload": {"note": "a\\u0000b"}}',
    "a null character in a key": b'{"payload": {"\\u0000": "x"}}',
    "half a surrogate pair": b'{"payload": {"note": "\\ud800"}}',
    "half a surrogate pair in a key": b'{"payload": {"\\udfff": "x"}}',
    "a megabyte": b'{"payload": {"note": "' + b"a" * 2**20 + b'"}}',
    "a number of 5,000 digits": b'{"payload": {"safe": ' + b"9" * 5000 + b"}}",
    "100,000 lists in each other": b'{"payload": {"safe": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    "700 lists in each other": b'{"payload": {"safe": ' + b"[" * 700 + b"]" * 700 + b"}}",
    "100,000 objects in each other": b'{"payload": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
    "negative seconds": b'{"payload": {"safe": "yes"}, "seconds": -1}',
    "seconds in words": b'{"payload": {"safe": "yes"}, "seconds": "ten"}',
    "seconds as a list": b'{"payload": {"safe": "yes"}, "seconds": [1]}',
    "endless seconds": b'{"payload": {"safe": "yes"}, "seconds": 1e999}',
    "a client that is a list": b'{"payload": {"safe": "yes"}, "client": ["desk"]}',
    "a client with a null character": b'{"payload": {"safe": "yes"}, "client": "\\u0000"}',
    "a client with half a pair": b'{"payload": {"safe": "yes"}, "client": "\\ud800"}',
    "a client of 65 letters": b'{"payload": {"safe": "yes"}, "client": "' + b"c" * 65 + b'"}',
}
ONLY_DRAFTS = {"700 lists in each other"}  # no rating, but a draft of it can be kept
MALFORMED_RATINGS = {
    "a revision in words": b'{"payload": {"safe": "yes"}, "revision": "first"}',
    "a negative revision": b'{"payload": {"safe": "yes"}, "revision": -1}',
    "a reason that is an object": b'{"payload": {"safe": "yes"}, "reason": {}}',
    "a reason with a null character": b'{"payload": {"safe": "yes"}, "reason": "\\u0000"}',
    "a value that is a list": b'{"payload": {"safe": ["yes"]}}',
    "a value that is an object": b'{"payload": {"safe": {"yes": true}}}',
    "a value that is true": b'{"payload": {"safe": true}}',
    "cannot judge without a reason": b'{"payload": {"safe": {"cannot_judge": true}}}',
    "cannot judge for a reason unheard of": b'{"payload": {"safe": {"cannot_judge": "bored"}}}',
    "a text that is a number": b'{"payload": {"safe": "yes", "note": 5}}',
}


@pytest.mark.parametrize("action", sorted(WRITES))
@pytest.mark.parametrize("what", sorted(set(MALFORMED) - ONLY_DRAFTS))
def test_a_malformed_body_is_refused_and_nothing_is_kept(
    study: Any, ann: Any, as_rater: Rater, action: str, what: str
) -> None:
    rater = as_rater(ann)
    response = send(rater, rater.take(), action, MALFORMED[what])
    assert is_clear_refusal(response), (response.status_code, response.content[:300])
    assert nothing_is_kept()


@pytest.mark.parametrize("what", sorted(set(MALFORMED_RATINGS) | ONLY_DRAFTS))
def test_a_malformed_rating_is_refused_and_nothing_is_kept(
    study: Any, ann: Any, as_rater: Rater, what: str
) -> None:
    rater = as_rater(ann)
    response = send(rater, rater.take(), "submit", (MALFORMED | MALFORMED_RATINGS)[what])
    assert is_clear_refusal(response), (response.status_code, response.content[:300])
    assert nothing_is_kept()


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", "application/json; charset=klingon"])
@pytest.mark.parametrize("action", sorted(WRITES))
def test_another_kind_of_content_is_refused(
    study: Any, ann: Any, as_rater: Rater, action: str, kind: str
) -> None:
    rater = as_rater(ann)
    response = send(rater, rater.take(), action, b"safe=yes", kind)
    assert is_clear_refusal(response), (response.status_code, response.content[:300])
    assert nothing_is_kept()


STRANGE = {
    "empty": "",
    "a star": "*",
    "weak": 'W/"0"',
    "negative": '"-1"',
    "a superscript": '"\xb2"',  # a digit for str.isdigit, and no number for int
    "a fraction": '"0.5"',
    "several": '"0", "1"',
    "a number without end": '"' + "9" * 60_000 + '"',
}


@pytest.mark.parametrize("what", sorted(STRANGE))
def test_a_draft_needs_the_revision_it_was_made_from(
    study: Any, ann: Any, as_rater: Rater, what: str
) -> None:
    rater = as_rater(ann)
    response = send(rater, rater.take(), "draft", SAFE, If_Match=STRANGE[what])
    assert is_clear_refusal(response), (response.status_code, response.content[:300])
    assert "If-Match" in response.json()["detail"]
    assert nothing_is_kept()


@pytest.mark.parametrize("key", [None, "", "k" * 81, "k" * 60_000])
def test_a_submission_needs_a_key_of_its_own(study: Any, ann: Any, as_rater: Rater, key: str | None) -> None:
    rater = as_rater(ann)
    headers = {"If_Match": '"0"'} if key is None else {"Idempotency_Key": key}
    response = send(rater, rater.take(), "submit", SAFE, **headers)
    assert is_clear_refusal(response), (response.status_code, response.content[:300])
    assert "Idempotency-Key" in response.json()["detail"]
    assert nothing_is_kept()


@pytest.mark.parametrize(
    "query",
    [
        {}, {"study": ""}, {"study": "nowhere"}, {"study": "a\0b"}, {"study": "x" * 5000}, {"study": "\u0663"},
        {"study": "first", "after": "first"}, {"study": "first", "after": "0" * 5000},
        {"study": "first", "after": "\0"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["/api/v1/assignments/next/", "/studies/first/rate/screen/"])
def test_a_strange_wish_for_a_screen_is_refused(
    study: Any, ann: Any, as_rater: Rater, where: str, query: dict[str, str]
) -> None:
    response = as_rater(ann).client.get(where, query)
    is_fine = where.startswith("/studies/") and "after" not in query
    assert response.status_code == 200 if is_fine else 400 <= response.status_code < 500


@pytest.mark.parametrize("version", ["", "one", "-1", "\xb2", "\u0663", "9" * 5000, "\0"])
def test_a_strange_consent_is_no_consent(
    ann: Any, carla: Any, as_rater: Rater, make_study: Callable[..., Any], version: str
) -> None:
    make_study("first", [ann], carla)
    rater = as_rater(ann)
    assert rater.client.post("/studies/first/consent/", {"version": version}).status_code in {302, 400}
    assert rater.next().status_code == 403


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b'{"keys": []}', b'{"keys": {"a": 1}}', b'{"keys": {"a": "\\u0000"}}',
     b'{"keys": {"\\ud800": "x"}}', b"[" * 100_000, b"\xff"],
)  # fmt: skip
def test_strange_keys_are_refused_or_kept_as_none(study: Any, ann: Any, as_rater: Rater, body: bytes) -> None:
    client = as_rater(ann).client
    response = client.generic("PUT", "/account/rating-keys/", body, content_type="application/json")
    assert response.status_code in {200, 400}, response.content[:300]
    assert client.get("/account/rating-keys/").json()["keys"] == {}


texts = st.text(st.characters(codec=None), max_size=20)  # null characters and halves of pairs among them
numbers = st.integers() | st.floats()
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars | st.sampled_from(["yes", "no", "mild"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(["payload", "seconds", "client", "revision", "reason", "note"]) | texts
payloads = st.dictionaries(st.sampled_from(["safe", "harm", "note"]) | texts, values, max_size=4)
envelopes = st.fixed_dictionaries({"payload": payloads | values}, optional={}).flatmap(
    lambda given: st.dictionaries(names, values, max_size=3).map(lambda more: {**more, **given})
)
bodies = st.binary(max_size=60) | st.one_of(values, envelopes).map(lambda value: json.dumps(value).encode())
headers = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=90)


@HTTP
@given(action=st.sampled_from(sorted(ACTIONS)), body=bodies, if_match=st.just('"0"') | headers, key=headers)
def test_no_request_is_a_fault_of_the_server(
    study: Any, ann: Any, as_rater: Rater, action: str, body: bytes, if_match: str, key: str
) -> None:
    rater = as_rater(ann)
    pk = str(study.assignments.filter(membership__rater=ann).first().pk)
    response = send(rater, pk, action, body, If_Match=if_match, Idempotency_Key=key)
    assert response.status_code < 500, response.content[:300]
    if response.status_code >= 400:
        assert is_clear_refusal(response)


sound = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
exact = st.integers(-(2**53), 2**53) | st.floats(-1e15, 1e15)  # as every JSON reader understands them
kept = st.recursive(
    st.none() | st.booleans() | exact | sound,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(sound, inner, max_size=4),
    max_leaves=12,
)


@HTTP
@given(payload=st.dictionaries(st.sampled_from(["safe", "harm", "note"]) | sound, kept, max_size=4))
def test_a_draft_comes_back_as_it_was_and_can_be_sent_again(
    study: Any, ann: Any, as_rater: Rater, payload: dict[str, Any]
) -> None:
    rater = as_rater(ann)
    pk = study.assignments.filter(membership__rater=ann).first().pk
    Draft.objects.filter(assignment=pk).delete()
    body = json.dumps({"payload": payload}).encode()
    assert [send(rater, str(pk), "draft", body).status_code for _ in range(2)] == [200, 200]
    draft = Draft.objects.get(assignment=pk)
    assert (draft.payload, draft.revision) == (payload, 1)
