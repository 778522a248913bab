"""What an endpoint means when it says no: read from the many shapes an error has, and told with a remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.domain.asking import Failure
from workers.backends.endpoint.wire import Scrub, WrongShapeError, parsed, storable

ENDS_ALL = frozenset({"key_refused", "no_credit", "model_unknown"})  # no other request would fare better
PASSING = frozenset({408, 409, 425, 429})

_TOO_LONG = re.compile(
    r"context[ _-]?(length|window|size)|maximum context|max_model_len|too many (input )?tokens|"
    r"(prompt|input|request)[^.]{0,40} too (long|large)|reduce the length|longer than the (model|maximum)",
    re.I,
)
_NO_CREDIT = re.compile(r"insufficient_quota|billing_hard_limit|insufficient (credit|balance|funds)", re.I)
_NO_MODEL = re.compile(r"model_not_found|model[^.]{0,200} (does not exist|not found|not exist)", re.I)
_FILTERED = re.compile(r"content_filter|content_policy|ResponsibleAI", re.I)
_MOST_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as the endpoint told it: its own words are shown, shortened and without the key."""

    status: int
    message: str = ""
    code: str = ""
    param: str = ""

    @property
    def is_filtered(self) -> bool:
        return self.status in {400, 403} and _FILTERED.search(self.code) is not None

    @property
    def is_too_long(self) -> bool:
        told = f"{self.code} {self.message}"
        return self.status == 413 or (self.status in {400, 422} and _TOO_LONG.search(told) is not None)


def read_refusal(status: int, body: bytes, scrub: Scrub) -> Refusal:
    """From the body of an error; a body that is no JSON is its own message."""
    try:
        said = parsed(body)
    except WrongShapeError:
        return Refusal(status, shown(re.sub(r"<[^>]*>", " ", body.decode("utf-8", "replace")), scrub))
    return refusal_of(status, said, scrub)


def refusal_of(status: int, said: Any, scrub: Scrub) -> Refusal:
    said = said[0] if isinstance(said, list) and said else said
    outer: Mapping[str, Any] = said if isinstance(said, Mapping) else {"message": said}
    inner = outer.get("error", outer)
    told: Mapping[str, Any] = inner if isinstance(inner, Mapping) else {"message": inner}
    message = told.get("message") or _details(told.get("detail")) or told.get("type") or ""
    code = " ".join(str(told[name]) for name in ("code", "type") if told.get(name))
    return Refusal(status, shown(str(message), scrub), shown(code, scrub), str(told.get("param") or "")[:80])


def error_within(said: Any) -> int | None:
    """Some gateways answer 200 and put the error inside: its status, or None where it is a real reply."""
    if not isinstance(said, Mapping) or not said.get("error"):
        return None
    code = said["error"].get("code") if isinstance(said["error"], Mapping) else None
    return code if type(code) is int and 400 <= code < 600 else 502


def judged(refusal: Refusal, where: str, model: str) -> Failure:
    """Why there is no reply and what to do; whether it may pass is in the failure."""
    told = f" It says: {refusal.message.rstrip('.')}." if refusal.message else ""
    code, remedy = _meaning(refusal, where, model)
    passing = code in {"rate_limited", "endpoint_failed"}
    return Failure(code, remedy + told, passing)


def shown(text: str, scrub: Scrub) -> str:
    """Text of a stranger, for people to read: one line, no control characters, not long, no key."""
    clean = " ".join(storable(scrub(text[:4000])).split())
    return "".join(sign for sign in clean if sign.isprintable())[:_MOST_SHOWN]


def _meaning(refusal: Refusal, where: str, model: str) -> tuple[str, str]:
    status, told = refusal.status, f"{refusal.code} {refusal.message}"
    if status == 401:
        return "key_refused", f"{where} does not accept the key: enter a valid one."
    if status == 402 or _NO_CREDIT.search(told):
        return "no_credit", f"The account at {where} has no credit left: add some, then retry what failed."
    if status == 404 or (status in {400, 403} and _NO_MODEL.search(told)):
        return "model_unknown", f"{where} has no model {model!r} here: check the name and the base address."
    if refusal.is_too_long:
        return (
            "too_long",
            "The prompt and the answer do not fit the model: shorten it, or ask for fewer tokens.",
        )
    if status == 429:
        return "rate_limited", f"{where} is asked too often: lower the requests a minute or the concurrency."
    if status in PASSING or (status >= 500 and status != 501):
        return "endpoint_failed", f"{where} answered with error {status}: look at its log, then retry."
    if status == 403:
        return "forbidden", f"{where} refuses this request (403): ask who runs it what the key may do."
    return "bad_request", f"{where} refuses the request ({status}): look at the options of the model."


def _details(detail: Any) -> str:
    """The validation errors of FastAPI and pydantic, with the fields they are about."""
    if not isinstance(detail, list):
        return str(detail) if detail else ""
    lines = []
    for each in detail[:5]:
        if isinstance(each, Mapping):
            place = each.get("loc")
            path = ".".join(map(str, place)) if isinstance(place, list) else ""
            lines.append(f"{path}: {each.get('msg', '')}")
    return "; ".join(lines)
