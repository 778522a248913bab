"""One endpoint, asked with patience: paced, within its budget, tried again where that may help."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from evaluation.domain.asking import Decoding, Failure, ModelSpec, Reply, Request, Turn
from workers.backends.endpoint import refusals as openai_refusals
from workers.backends.endpoint import wire as openai_wire
from workers.backends.endpoint.guarded_addresses import AddressRefusedError, read_place
from workers.backends.endpoint.guarded_network import (
    Answered,
    GuardedNetwork,
    NetworkFaultError,
    Patience,
    Resolver,
    system_resolver,
)
from workers.backends.endpoint.limits import Pace, Purse, backoff_seconds, retry_after_seconds
from workers.backends.endpoint.options import read_options
from workers.backends.endpoint.refusals import Refusal
from workers.backends.endpoint.wire import Dialect, WrongShapeError
from workers.backends.protocol import ServingError

T = TypeVar("T")

LEAST_KEY_SCRUBBED = 8  # characters; a shorter "key" such as EMPTY is a word that answers may have
SMALL_REPLY, LIST_OF_MODELS = 1_000_000, 8_000_000  # bytes
BYTES_A_TOKEN, BYTES_A_SCORED_TOKEN = 64, 512  # at most, with JSON around them
LOOKS, LOOK_SECONDS = 3, 30.0  # before anything is asked
LEAST_IN_VAIN = 5  # requests; then an endpoint is taken to be away, and its worker is free for others
PATIENT_TIMEOUTS = 1.5  # of a reply, after which no further try is begun
REPORTED_AT_MOST = 8  # different values, each noted once
_PROBE = Request("probe", (Turn("user", "One, two, three"),), Decoding(1), (", four", ", five, six"))


class NoReplyError(Exception):
    """One try came to nothing."""

    def __init__(self, failure: Failure, wait: float | None = None, may_be_billed: bool = False) -> None:
        super().__init__(failure.message)
        self.failure, self.wait, self.may_be_billed = failure, wait, may_be_billed


class EndpointClient:
    """Asks one endpoint. All coroutines belong to one event loop; what it costs is in `purse.spent`."""

    def __init__(
        self, spec: ModelSpec, allowed: Iterable[str] = (), resolver: Resolver = system_resolver
    ) -> None:
        self.spec, self.options, self.dialect = spec, read_options(spec.options), Dialect()
        options = self.options
        try:
            self.place = read_place(spec.base_url, allowed)
        except AddressRefusedError as refusal:
            raise ServingError("address_refused", str(refusal)) from None
        self.purse = Purse(options.price_in, options.price_out, options.cost_limit, options.spent)
        self.reported: dict[str, dict[str, None]] = {"model": {}, "system_fingerprint": {}}
        self._requests, self._tokens = Pace(options.requests_a_minute), Pace(options.tokens_a_minute)
        self._in_vain = 0  # requests in a row that came to nothing although all tries were made
        self._counts = bool(options.tokens_a_minute or options.price_in or options.price_out)
        patience = Patience(idle=options.idle_timeout, total=options.timeout)
        self.network = GuardedNetwork(
            self.place, _authorisation(spec.key), options.concurrency, patience, resolver
        )

    async def models(self) -> list[Mapping[str, Any]] | None:
        """What the endpoint lists, None where it keeps no list; ServingError where it cannot be asked."""
        try:
            answered = await self._patiently(self._get_models, LOOKS)
        except NoReplyError as none:
            raise _not_now(none.failure) from None
        try:
            said = openai_wire.parsed(answered.body) if answered.status < 400 else None
        except WrongShapeError:
            return None
        listed = said.get("data") if isinstance(said, Mapping) else None
        return [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else None

    async def scores_options(self) -> bool:
        """Whether log-likelihoods of a prompt can be had, tried on a dozen tokens."""
        if not self.options.completion:
            return False
        try:
            await self._patiently(lambda: self._within_limits(_PROBE), LOOKS)
        except NoReplyError as none:
            if none.failure.passing and none.failure.code != "wrong_shape":
                raise _not_now(none.failure) from None
            return False
        return True

    async def answer(self, request: Request) -> Reply:
        """The reply, or a failure in words; ServingError where no other request would fare better."""
        try:
            reply = await self._patiently(lambda: self._within_limits(request), self.options.attempts)
        except NoReplyError as none:
            self._in_vain += none.failure.passing
            if self._in_vain >= max(LEAST_IN_VAIN, self.options.concurrency):
                self._in_vain = 0  # whoever comes back to it later starts anew
                raise _not_now(none.failure) from None
            return Reply(request.key, finish="failed", failure=none.failure)
        self._in_vain = 0
        return reply

    def scrub(self, text: str) -> str:
        """Text of the endpoint without the key, should it repeat it."""
        key = self.spec.key
        return text.replace(key, "[key]") if len(key) >= LEAST_KEY_SCRUBBED else text

    def prompt_of(self, request: Request) -> str:
        """What /completions is given; whoever knows the chat template of the server overrides it."""
        return openai_wire.plain_prompt(request.turns)

    async def _patiently(self, ask: Callable[[], Awaitable[T]], attempts: int) -> T:
        attempt, no_try_after = 1, time.monotonic() + PATIENT_TIMEOUTS * self.options.timeout
        while True:
            try:
                return await ask()
            except NoReplyError as none:
                if none.failure.code in openai_refusals.ENDS_ALL:
                    raise ServingError(none.failure.code, none.failure.message) from None
                is_last = attempt >= attempts or time.monotonic() > no_try_after
                if not none.failure.passing or is_last:
                    raise
                if none.wait is None:
                    await asyncio.sleep(backoff_seconds(attempt))
                else:
                    self._requests.hold(none.wait)  # it is the endpoint that wants peace: all wait
            attempt += 1

    async def _get_models(self) -> Answered:
        await self._requests.admit()
        answered = await self._exchanged("GET", "/models", None, LIST_OF_MODELS, LOOK_SECONDS)
        if answered.status >= 400 and answered.status not in {403, 404, 405, 501}:
            raise self._refused(self._refusal(answered), answered)
        return answered

    async def _within_limits(self, request: Request) -> Reply:
        most_in, most_out = self._most_tokens(request) if self._counts else (0, 0)
        aside = self.purse.cost(most_in, most_out)
        await self.purse.set_aside(aside)
        cost = aside  # as long as nothing better is known, it was as dear as it could be
        try:
            await self._tokens.admit(most_in + most_out)
            await self._requests.admit()
            reply = await self._asked(request)
            tokens_in, tokens_out = _known(reply.tokens_in, most_in), _known(reply.tokens_out, most_out)
            cost = self.purse.cost(tokens_in, tokens_out)
            self._tokens.give_back(most_in + most_out - tokens_in - tokens_out)
            return reply
        except NoReplyError as none:
            cost = aside if none.may_be_billed else 0.0
            raise
        finally:
            self.purse.settle(aside, cost)

    async def _asked(self, request: Request) -> Reply:
        while True:
            path, body, most_bytes = self._sent(request)
            started = time.perf_counter()
            answered = await self._exchanged("POST", path, json.dumps(body).encode(), most_bytes)
            latency = 1000 * (time.perf_counter() - started)
            try:
                refusal, said = self._understood(answered)
                if refusal is None:
                    return replace(self._read(request, said), latency_ms=latency)
            except WrongShapeError as wrong:
                message = (
                    f"{self.place.authority} sent a reply that cannot be used: {wrong}. Look at its log."
                )
                raise NoReplyError(Failure("wrong_shape", message, True), may_be_billed=True) from None
            if refusal.is_filtered:
                return Reply(request.key, finish="content_filter", latency_ms=latency)
            if not self._learned(refusal, body):
                raise self._refused(refusal, answered)

    def _sent(self, request: Request) -> tuple[str, dict[str, Any], int]:
        """Where to, what, and how many bytes the reply may have."""
        head = {"model": self.spec.model, **self.options.extra}
        if request.options:
            body = openai_wire.scoring_body(self.prompt_of(request), request.options)
            most = BYTES_A_SCORED_TOKEN * self._most_tokens(request)[0]
            return "/completions", head | body, SMALL_REPLY + most
        most = SMALL_REPLY + BYTES_A_TOKEN * request.decoding.max_new_tokens
        if self.options.completion:
            prompt = self.prompt_of(request)
            return "/completions", head | openai_wire.completion_body(prompt, request, self.dialect), most
        return "/chat/completions", head | openai_wire.chat_body(request, self.dialect), most

    def _understood(self, answered: Answered) -> tuple[Refusal | None, Any]:
        if answered.status >= 400:
            return self._refusal(answered), None
        said = openai_wire.parsed(answered.body)
        if (status := openai_refusals.error_within(said)) is not None:
            return openai_refusals.refusal_of(status, said, self.scrub), None
        return None, said

    def _read(self, request: Request, said: Any) -> Reply:
        if request.options:
            reply = openai_wire.read_scores(request.key, said, request.options)
        else:
            reply = openai_wire.read_answer(request.key, said, self.scrub)
            if "stop" in self.dialect.dropped:
                reply = replace(reply, text=_cut(reply.text, request.decoding.stop))
        for name, seen in self.reported.items():
            value = said.get(name)
            if isinstance(value, str) and len(seen) < REPORTED_AT_MOST:
                seen[openai_refusals.shown(value, self.scrub)] = None
        return reply

    def _learned(self, refusal: Refusal, body: Mapping[str, Any]) -> bool:
        is_about_fields = refusal.status in {400, 422} and not refusal.is_too_long
        return is_about_fields and self.dialect.learn(body, refusal.param, refusal.message)

    def _refused(self, refusal: Refusal, answered: Answered) -> NoReplyError:
        failure = openai_refusals.judged(refusal, self.place.authority, self.spec.model)
        wait = retry_after_seconds(answered.headers.get("retry-after", "")) if failure.passing else None
        return NoReplyError(failure, wait)

    def _refusal(self, answered: Answered) -> Refusal:
        return openai_refusals.read_refusal(answered.status, answered.body, self.scrub)

    async def _exchanged(
        self, method: str, path: str, body: bytes | None, most_bytes: int, seconds: float | None = None
    ) -> Answered:
        try:
            return await self.network.exchange(method, path, body, most_bytes, seconds)
        except NetworkFaultError as fault:
            failure = Failure(fault.code, self.scrub(fault.message), fault.passing)
            raise NoReplyError(failure, may_be_billed=fault.may_be_billed) from None

    def _most_tokens(self, request: Request) -> tuple[int, int]:
        prompt = openai_wire.estimated_tokens(request.turns, self.options.image_tokens)
        if not request.options:
            return prompt, request.decoding.max_new_tokens
        tails = sum(openai_wire.estimated_tokens([Turn("user", option)], 0) for option in request.options)
        return prompt * (len(request.options) + 1) + tails, len(request.options) + 1


def _authorisation(key: str) -> list[tuple[bytes, bytes]]:
    if not key:
        return []
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        raise ServingError(
            "key_refused", "The key has blanks, line breaks or letters that no key has: copy it again."
        )
    return [(b"Authorization", b"Bearer " + key.encode())]


def _not_now(failure: Failure) -> ServingError:
    """What may pass is called unreachable, so that whoever opens the endpoint tries again later."""
    is_named = not failure.passing or failure.code == "timeout"
    return ServingError(failure.code if is_named else "unreachable", failure.message)


def _known(told: int | None, otherwise: int) -> int:
    return otherwise if told is None else told


def _cut(text: str, stops: Iterable[str]) -> str:
    """As if the endpoint had stopped there."""
    ends = [text.find(stop) for stop in stops if stop and stop in text]
    return text[: min(ends)] if ends else text
