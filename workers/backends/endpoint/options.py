"""What may be set for an endpoint, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from workers.backends.protocol import ServingError

_OWN_FIELDS = {
    "model", "messages", "prompt", "stream", "n", "best_of", "max_tokens", "max_completion_tokens",
    "temperature", "seed", "top_p", "top_k", "stop", "logprobs", "top_logprobs", "echo",
}  # fmt: skip

LONGEST_SECONDS = 4 * 3600

Positive = Annotated[float, Meta(gt=0, le=1e12)]
Price = Annotated[float, Meta(ge=0, le=1e9)]


class EndpointOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything has a default. Prices and the cost limit are in one currency, whichever it is."""

    window: Annotated[int, Meta(ge=16, le=1_000_000_000)] | None = (
        None  # tokens of prompt and answer together
    )
    concurrency: Annotated[int, Meta(ge=1, le=64)] = 8  # requests under way at a time
    requests_a_minute: Annotated[float, Meta(ge=1, le=1e12)] | None = None
    tokens_a_minute: Positive | None = None
    price_in: Price = 0.0  # of a million tokens of prompts
    price_out: Price = 0.0  # of a million tokens of answers
    cost_limit: Positive | None = None
    spent: Price = 0.0  # of the limit, before
    completion: bool = False  # a base model: plain text is completed, there are no roles
    takes_system: bool = True
    timeout: Annotated[float, Meta(ge=1, le=LONGEST_SECONDS)] = 600.0  # seconds for a whole reply
    idle_timeout: Annotated[float, Meta(ge=1, le=3600)] = 60.0  # seconds between two parts of a body
    attempts: Annotated[int, Meta(ge=1, le=20)] = 6
    image_tokens: Annotated[int, Meta(ge=0, le=1_000_000)] = 1500  # what an image may count for
    extra: dict[str, Any] = {}  # further fields of every request, such as reasoning_effort


def read_options(given: Mapping[str, Any]) -> EndpointOptions:
    """Raises ServingError for names and values that mean nothing here."""
    try:
        options = msgspec.convert(dict(given), EndpointOptions)
    except msgspec.ValidationError as error:
        known = ", ".join(EndpointOptions.__struct_fields__)
        raise ServingError(
            "bad_option", f"An option of the endpoint is wrong: {error}. Options: {known}."
        ) from None
    if options.cost_limit is not None and not options.price_in + options.price_out:
        raise ServingError(
            "bad_option", "A cost limit needs prices: give price_in and price_out for a million tokens."
        )
    if taken := sorted(_OWN_FIELDS & options.extra.keys()):
        raise ServingError("bad_option", f"`extra` must leave {', '.join(taken)} to the platform.")
    return options
