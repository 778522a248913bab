"""What is asked of our own vLLM server: prompts as tokens, several to a request."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from evaluation.domain.asking import Decoding, Finish, ModelSpec, Reply, Request
from workers.backends.endpoint import wire as openai_wire
from workers.backends.endpoint.client import BYTES_A_SCORED_TOKEN, BYTES_A_TOKEN, SMALL_REPLY, EndpointClient
from workers.backends.endpoint.guarded_network import Resolver, system_resolver
from workers.backends.endpoint.wire import WrongShapeError
from workers.backends.generation.chat_prompts import UnfitRequestError
from workers.backends.generation.length_batches import Work
from workers.backends.generation.prompt_tokens import too_long

SCORED_AT_A_TIME = 8  # log-likelihoods of whole prompts take much memory, there and here


@dataclass(frozen=True, slots=True)
class TokenRequest(Request):
    """A request whose prompt, and options, are tokens of the model."""

    ids: tuple[int, ...] = ()
    option_ids: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Group(Request):
    """Prompts asked together; turns are those of the first, the decoding that of all."""

    members: tuple[TokenRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupReply(Reply):
    replies: tuple[Reply, ...] = ()


def generating(work: Work) -> TokenRequest:
    """As much is asked for as was wanted and fits the window."""
    request = work.request
    decoding = replace(request.decoding, max_new_tokens=work.tokens - len(work.ids))
    return _as_tokens(replace(request, decoding=decoding), work.ids, ())


def scoring(work: Work, rows: Sequence[Sequence[int]], window: int | None) -> TokenRequest:
    """`rows`: prompt and option together, as tokens. Where both melt into one, the prompt ends before it."""
    request = work.request
    shared = min(_shared(work.ids, row) for row in rows)
    options = tuple(tuple(row[shared:]) for row in rows)
    if not all(options) or not shared:
        raise UnfitRequestError(
            "empty_option", "An option has no text that could be scored. Name it in words."
        )
    longest = shared + max(map(len, options))
    if window is not None and longest + 1 > window:
        raise too_long(longest, window)
    return _as_tokens(request, work.ids[:shared], options)


def _as_tokens(
    request: Request, ids: tuple[int, ...], option_ids: tuple[tuple[int, ...], ...]
) -> TokenRequest:
    """Whatever else a request has, goes with it."""
    own = {each.name: getattr(request, each.name) for each in fields(request)}
    return TokenRequest(**own, ids=ids, option_ids=option_ids)


class VllmClient(EndpointClient):
    """Speaks to a server of our own: several prompts to a request, and prompts as tokens."""

    def __init__(
        self, spec: ModelSpec, allowed: Iterable[str] = (), resolver: Resolver = system_resolver
    ) -> None:
        super().__init__(spec, allowed, resolver)
        self._scoring = asyncio.Semaphore(SCORED_AT_A_TIME)

    async def answer(self, request: Request) -> Reply:
        if isinstance(request, TokenRequest) and request.options:
            async with self._scoring:
                return await super().answer(request)
        reply = await super().answer(request)
        if isinstance(request, Group) and not isinstance(reply, GroupReply):
            return await self._one_by_one(request, reply)
        return reply

    async def _one_by_one(self, group: Group, failed: Reply) -> Reply:
        """A prompt that is refused must not take the others with it; what may pass failed for all of them."""
        if failed.failure is None or failed.failure.passing:
            return GroupReply(group.key, replies=tuple(replace(failed, key=one.key) for one in group.members))
        alone = [await super(VllmClient, self).answer(one) for one in group.members]
        return GroupReply(group.key, replies=tuple(alone))

    def _sent(self, request: Request) -> tuple[str, dict[str, Any], int]:
        if isinstance(request, Group):
            prompts = [list(member.ids) for member in request.members]
            return "/completions", self._generation(request, prompts), _most_bytes(request)
        if not isinstance(request, TokenRequest):
            return super()._sent(request)  # with images: the server writes the prompt
        if not request.options:
            return "/completions", self._generation(request, [list(request.ids)]), _most_bytes(request)
        prompts = [[*request.ids, *option] for option in request.option_ids]
        body = {"prompt": prompts, "max_tokens": 1, "temperature": 0, "prompt_logprobs": 0}
        most = SMALL_REPLY + BYTES_A_SCORED_TOKEN * sum(map(len, prompts))
        return "/completions", {"model": self.spec.model, **body}, most

    def _generation(self, request: Request, prompts: list[list[int]]) -> dict[str, Any]:
        decoding = self.dialect.decoding(request.decoding)
        return {"model": self.spec.model, "prompt": prompts, "return_token_ids": True, **decoding}

    def _read(self, request: Request, said: Any) -> Reply:
        if isinstance(request, Group):
            choices = _choices(said, len(request.members))
            pairs = zip(request.members, choices, strict=True)
            return GroupReply(request.key, replies=tuple(_answer(one, choice) for one, choice in pairs))
        if not isinstance(request, TokenRequest):
            return super()._read(request, said)
        if request.options:
            return _scores(request, said)
        return _answer(request, _choices(said, 1)[0])


def in_groups(requests: Sequence[Request], size: int) -> list[Request]:
    """Prompts that are answered with the same decoding go together; all others stay alone."""
    alike: dict[Decoding, list[TokenRequest]] = {}
    alone: list[Request] = []
    for request in requests:
        if isinstance(request, TokenRequest) and not request.options:
            alike.setdefault(request.decoding, []).append(request)
        else:
            alone.append(request)
    for decoding, several in alike.items():
        for start in range(0, len(several), size):
            members = tuple(several[start : start + size])
            first = members[0]
            alone.append(Group(first.key, first.turns, decoding, members=members))
    return alone


def single_replies(reply: Reply) -> tuple[Reply, ...]:
    """Those of a group; its time is that of the slowest of them."""
    if not isinstance(reply, GroupReply):
        return (reply,)
    if reply.latency_ms is None:  # they were asked one by one
        return reply.replies
    return tuple(replace(one, latency_ms=reply.latency_ms) for one in reply.replies)


def _most_bytes(request: Request) -> int:
    prompts = request.members if isinstance(request, Group) else (request,)
    n_asked = sum(len(one.ids) for one in prompts if isinstance(one, TokenRequest))  # they are sent back
    written = request.decoding.max_new_tokens * len(prompts)
    return SMALL_REPLY + BYTES_A_TOKEN * (n_asked + written)


def _choices(said: Any, wanted: int) -> list[Mapping[str, Any]]:
    told = said.get("choices") if isinstance(said, Mapping) else None
    by_index = {each.get("index"): each for each in told or [] if isinstance(each, Mapping)}
    if sorted(by_index, key=str) != sorted(range(wanted), key=str):
        raise WrongShapeError("it has not one choice for each prompt")
    return [by_index[number] for number in range(wanted)]


def _answer(request: TokenRequest, choice: Mapping[str, Any]) -> Reply:
    text, tokens = choice.get("text"), choice.get("token_ids")
    if not isinstance(text, str) or not isinstance(tokens, list):
        raise WrongShapeError("the choice has no text or no tokens")
    finish: Finish = "length" if choice.get("finish_reason") == "length" else "stop"
    return Reply(request.key, openai_wire.storable(text), finish, len(request.ids), len(tokens))


def _scores(request: TokenRequest, said: Any) -> Reply:
    """Log-likelihoods in nats, from those of the prompts' tokens."""
    scores = []
    choices = _choices(said, len(request.options))
    for choice, option in zip(choices, request.option_ids, strict=True):
        told = choice.get("prompt_logprobs")
        if not isinstance(told, list) or len(told) != len(request.ids) + len(option):
            raise WrongShapeError("log-likelihoods of the prompt are missing")
        tail = zip(told[len(request.ids) :], option, strict=True)
        scores.append(math.fsum(_of_token(each, token) for each, token in tail))
    best = max(range(len(scores)), key=scores.__getitem__)
    lengths = tuple(map(len, request.option_ids))
    return Reply(
        request.key, request.options[best], "scored", len(request.ids), 0, None, tuple(scores), lengths
    )


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _of_token(told: Any, token: int) -> float:
    found = told.get(str(token)) if isinstance(told, Mapping) else None
    value = found.get("logprob") if isinstance(found, Mapping) else None
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise WrongShapeError("a token of an option has no log-likelihood")
    return float(value)
