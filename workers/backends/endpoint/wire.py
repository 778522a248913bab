"""What is sent to an OpenAI-compatible endpoint and what comes back, as plain values: no network here.

The formats are those of /chat/completions and /completions as OpenAI documents them and as vLLM, llama.cpp,
TGI, SGLang and the large gateways serve them; where they differ, every known spelling is read.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluation.domain.asking import Decoding, Finish, Reply, Request, Turn

Scrub = Callable[[str], str]

_FINISHES: dict[str, Finish] = {
    **dict.fromkeys(("length", "max_tokens", "model_length", "max_output_tokens"), "length"),
    **dict.fromkeys(("content_filter", "safety", "recitation", "blocklist"), "content_filter"),
}  # all others are an end the model chose
_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_LETTERS = re.compile(r"[A-Za-z]+")
_LARGEST_SCORE = 1e9
_MOST_TOKENS = 2**31 - 1


class WrongShapeError(Exception):
    """The reply is not what the format promises; the text says what is missing."""


@dataclass
class Dialect:
    """What this endpoint was found not to take, told to whoever reads the receipt."""

    dropped: set[str] = field(default_factory=set)
    length_field: str = "max_tokens"

    DROPPABLE = ("seed", "top_k", "top_p", "temperature", "stop")
    _NEWER = "max_completion_tokens"
    _REJECTS = re.compile(
        r"unsupported|not support|unrecogni|unknown|unexpected|not permitted|not allowed|not accept|extra ",
        re.I,
    )

    def learn(self, sent: Mapping[str, Any], param: str, message: str) -> bool:
        """Whether a field is refused that can be left out or renamed, so that asking again makes sense."""
        if "max_tokens" in sent and (
            self._NEWER in message or self._is_rejected("max_tokens", param, message)
        ):
            self.length_field = self._NEWER
            return True
        named = {each for each in self.DROPPABLE if each in sent and self._is_rejected(each, param, message)}
        self.dropped |= named
        return bool(named)

    def _is_rejected(self, name: str, param: str, message: str) -> bool:
        is_named = param == name or re.search(rf"\b{name}\b", message) is not None
        return is_named and self._REJECTS.search(message) is not None

    def decoding(self, asked: Decoding) -> dict[str, Any]:
        wanted: dict[str, Any] = {
            self.length_field: asked.max_new_tokens,
            "temperature": asked.temperature,
            "seed": asked.seed,
        }
        if asked.top_p != 1:
            wanted["top_p"] = asked.top_p
        if asked.top_k:
            wanted["top_k"] = asked.top_k
        if asked.stop:
            wanted["stop"] = list(asked.stop)
        return {name: value for name, value in wanted.items() if name not in self.dropped}


def chat_body(request: Request, dialect: Dialect) -> dict[str, Any]:
    messages = [{"role": turn.role, "content": _content(turn)} for turn in request.turns]
    return {"messages": messages, **dialect.decoding(request.decoding)}


def completion_body(prompt: str, request: Request, dialect: Dialect) -> dict[str, Any]:
    return {"prompt": prompt, **dialect.decoding(request.decoding)}


def scoring_body(prompt: str, options: Sequence[str]) -> dict[str, Any]:
    """The prompt alone, then with each option: the tokens that a prompt has more are the option's.

    One token is generated because some servers refuse none; it is cut off again.
    """
    prompts = [prompt, *(prompt + option for option in options)]
    return {"prompt": prompts, "max_tokens": 1, "temperature": 0, "logprobs": 1, "echo": True}


def plain_prompt(turns: Sequence[Turn]) -> str:
    """A base model completes text: the turns one after the other, without roles."""
    return "\n\n".join(turn.text for turn in turns)


def estimated_tokens(turns: Sequence[Turn], image_tokens: int) -> int:
    """An estimate on the high side, for a tokenizer nobody told us.

    A token for every four letters of a word or part of them, every digit, sign and line break, and every two
    bytes of other scripts; single blanks belong to words. A tenth more, 16 for each turn, 32 for the frame.
    What is too long all the same is refused by the endpoint and comes back as `too_long`.
    """
    total = 32.0
    for turn in turns:
        words = _LETTERS.findall(turn.text)
        letters = sum(map(len, words))
        n_ascii = len(turn.text.encode("ascii", "ignore"))
        foreign = len(turn.text.encode("utf-8", "replace")) - n_ascii
        blanks = turn.text.count(" ") - turn.text.count("  ")
        tokens = sum(-(-len(word) // 4) for word in words) + (n_ascii - letters - blanks) + foreign / 2
        total += 16 + 1.1 * tokens + image_tokens * len(turn.images)
    return math.ceil(total)


def parsed(body: bytes) -> Any:
    """The JSON of a body; bytes that are not UTF-8 become U+FFFD. Raises WrongShapeError."""
    try:
        return json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        raise WrongShapeError("the reply is not JSON") from None


def read_answer(key: str, said: Any, scrub: Scrub) -> Reply:
    """The first choice as a reply without its time; WrongShapeError where there is none."""
    choice = _choices(said, 1)[0]
    message = choice.get("message")
    given = _text(message) if isinstance(message, Mapping) else choice.get("text")
    reason = choice.get("finish_reason")
    if reason == "error":
        raise WrongShapeError("the endpoint broke off the answer with an error")
    if given is None and isinstance(message, Mapping) and isinstance(reason, str):
        given = ""  # all of it was reasoning, or the model had nothing to say
    if not isinstance(given, str):
        raise WrongShapeError("the choice has no text")
    finish = _FINISHES.get(str(reason).lower(), "stop")
    tokens_in, tokens_out = usage(said)
    return Reply(key, storable(scrub(given)), finish, tokens_in, tokens_out)


def read_scores(key: str, said: Any, options: Sequence[str]) -> Reply:
    """Log-likelihoods of the options in nats, from echoes without and with them; the text is the best."""
    echoes = [_token_scores(choice) for choice in _choices(said, len(options) + 1)]
    tokens_in, tokens_out = usage(said)
    if tokens_out not in {0, len(echoes)}:
        raise WrongShapeError("it cannot be told which tokens are the prompt's")
    if tokens_out:
        echoes = [echo[:-1] for echo in echoes]
    lengths = [max(1, len(echo) - len(echoes[0])) for echo in echoes[1:]]
    scores = []
    for echo, length in zip(echoes[1:], lengths, strict=True):
        tail = echo[-length:]
        if len(tail) < length or not all(map(_is_score, tail)):
            raise WrongShapeError("a token of an option has no log-likelihood")
        scores.append(float(sum(tail)))
    best = options[max(range(len(scores)), key=scores.__getitem__)]
    return Reply(
        key, best, "scored", tokens_in, tokens_out, option_scores=tuple(scores), option_tokens=tuple(lengths)
    )


def _is_score(each: Any) -> bool:
    """Whether it can be a log-likelihood; a whole number of JSON may be larger than any float."""
    return isinstance(each, int | float) and abs(each) < _LARGEST_SCORE


def usage(said: Any) -> tuple[int | None, int | None]:
    """Tokens in and out, as far as they are told and can be true."""
    told = said.get("usage") if isinstance(said, Mapping) else None
    told = told if isinstance(told, Mapping) else {}
    counts = (told.get("prompt_tokens"), told.get("completion_tokens"))
    tokens_in, tokens_out = (
        each if type(each) is int and 0 <= each <= _MOST_TOKENS else None for each in counts
    )
    return tokens_in, tokens_out


def storable(text: str) -> str:
    """Without what a database refuses: NUL and halves of surrogate pairs become U+FFFD."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "\ufffd")


def _content(turn: Turn) -> str | list[dict[str, Any]]:
    if not turn.images:
        return turn.text
    return [*map(_image_part, turn.images), {"type": "text", "text": turn.text}]


def _image_part(image: bytes) -> dict[str, Any]:
    kind = next((kind for start, kind in _SIGNATURES.items() if image.startswith(start)), "image/png")
    url = f"data:{kind};base64,{base64.b64encode(image).decode()}"
    return {"type": "image_url", "image_url": {"url": url}}


def _choices(said: Any, wanted: int) -> list[Mapping[str, Any]]:
    choices = said.get("choices") if isinstance(said, Mapping) else None
    if not isinstance(choices, list) or len(choices) < wanted:
        raise WrongShapeError(f"it has fewer than {wanted} choices")
    if not all(isinstance(choice, Mapping) for choice in choices):
        raise WrongShapeError("a choice is not an object")
    if wanted == 1:
        return choices[:1]
    by_index = {choice.get("index"): choice for choice in choices if type(choice.get("index")) is int}
    if sorted(by_index) != list(range(wanted)):
        raise WrongShapeError("the choices are not numbered")
    return [by_index[number] for number in range(wanted)]


def _text(message: Mapping[str, Any]) -> str | None:
    """What was said aloud: `reasoning_content` and parts of other kinds are not the answer."""
    content = message.get("content")
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, Mapping) and part.get("type", "text") == "text"]
        return "".join(str(part.get("text", "")) for part in parts) if parts else None
    if content is None and isinstance(message.get("refusal"), str):
        return str(message["refusal"])
    if content is not None and not isinstance(content, str):
        raise WrongShapeError("the content is neither text nor a list of parts")
    return content


def _token_scores(choice: Mapping[str, Any]) -> list[Any]:
    told = choice.get("logprobs")
    scores = told.get("token_logprobs") if isinstance(told, Mapping) else None
    if not isinstance(scores, list) or not scores:
        raise WrongShapeError("log-likelihoods of the prompt are missing")
    return scores
