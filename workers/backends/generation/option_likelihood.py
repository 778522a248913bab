"""How likely a model finds each of several answers, in nats summed over an answer's tokens.

The prompt is computed once for all its options: an option of one token (a letter) costs nothing more, longer
ones go on from the prompt's keys and values.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

from evaluation.domain.asking import Reply
from workers.backends.generation.chat_prompts import UnfitRequestError
from workers.backends.generation.length_batches import Work
from workers.backends.generation.loading import Loaded
from workers.backends.generation.padded_rows import padded
from workers.backends.generation.prompt_tokens import too_long
from workers.backends.generation.stepwise import Reading

Tensor = Any
Row = tuple[int, int]  # request in the batch, option


class OptionLikelihood:
    def __init__(self, loaded: Loaded, special: bool, reads_once: bool) -> None:
        """`reads_once`: what the prompts of a batch begin with can be read once for all, see `stepwise`."""
        self._loaded, self._special, self._reads_once = loaded, special, reads_once
        self._takes = frozenset(inspect.signature(loaded.model.forward).parameters)

    def ready(self, work: Work) -> Work:
        """The work with the tokens of its options; UnfitRequestError where one cannot be scored."""
        context, options = self._split(work)
        if not all(options):
            raise UnfitRequestError(
                "empty_option", "An option has no text that could be scored. Name it in words."
            )
        longest = max(map(len, options))
        window = self._loaded.window
        if window is not None and self._loaded.kind == "decoder" and len(context) + longest > window:
            raise too_long(len(context) + longest, window)
        tokens = (len(context) + longest) * (1 + sum(len(option) > 1 for option in options))
        return replace(work, ids=context, options=options, tokens=tokens, group="options")

    def answer(self, batch: Sequence[Work]) -> list[Reply]:
        import torch

        started = perf_counter()
        with torch.inference_mode():
            score = self._of_decoder if self._loaded.kind == "decoder" else self._of_encoder_decoder
            scores = score(batch)
        took = (perf_counter() - started) * 1000
        return [_reply(work, scores[place], took) for place, work in enumerate(batch)]

    def _split(self, work: Work) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
        """Prompt and options as tokens; where both melt into one token, the prompt ends before it."""
        encode = self._loaded.tokenizer
        if self._loaded.kind == "encoder_decoder":
            alone = encode(list(work.request.options), add_special_tokens=False)["input_ids"]
            return work.ids, tuple(map(tuple, alone))
        texts = [work.text + option for option in work.request.options]
        whole = encode(texts, add_special_tokens=self._special)["input_ids"]
        shared = min(_shared(work.ids, row) for row in whole)
        return work.ids[:shared], tuple(tuple(row[shared:]) for row in whole)

    def _of_decoder(self, batch: Sequence[Work]) -> list[list[float]]:
        import torch

        first, past, mask = self._read(batch)
        options = [
            (row, work.options[row[1]]) for place, work in enumerate(batch) for row in _rows(place, work)
        ]
        scores = {row: float(first[row[0], option[0]]) for row, option in options}
        longer = [(row, option) for row, option in options if len(option) > 1]
        if longer:
            of = torch.tensor([row[0] for row, _ in longer], device=mask.device)
            past.batch_select_indices(of)
            more = self._going_on(past, mask[of], [option for _, option in longer])
            for (row, _), added in zip(longer, more, strict=True):
                scores[row] += added
        return [[scores[row] for row in _rows(place, work)] for place, work in enumerate(batch)]

    def _read(self, batch: Sequence[Work]) -> tuple[Tensor, Any, Tensor]:
        """Log-likelihoods of the token after each prompt, what is remembered of prompts, and their mask."""
        prompts = [work.ids for work in batch]
        if self._reads_once:
            reading = Reading(
                self._loaded, prompts, max(len(option) for work in batch for option in work.options)
            )
            return reading.scores.log_softmax(-1), reading.cache, reading.mask.long()
        ids, mask = self._padded(prompts, left=True)
        last = {"logits_to_keep": 1} if "logits_to_keep" in self._takes else {}
        out = self._forward(input_ids=ids, attention_mask=mask, **self._places(mask), use_cache=True, **last)
        return out.logits[:, -1].float().log_softmax(-1), out.past_key_values, mask

    def _going_on(self, past: Any, mask: Tensor, options: Sequence[Sequence[int]]) -> list[float]:
        """What the tokens after the first add, from where the prompt ended."""
        import torch

        given, counts = self._padded([option[:-1] for option in options], left=False)
        wanted, _ = self._padded([option[1:] for option in options], left=False)
        both = torch.cat([mask, counts], dim=1)
        places = {name: place[:, -given.shape[1] :] for name, place in self._places(both).items()}
        out = self._forward(input_ids=given, attention_mask=both, past_key_values=past, **places)
        return _summed(out.logits, wanted, counts)

    def _of_encoder_decoder(self, batch: Sequence[Work]) -> list[list[float]]:
        import torch
        from transformers.modeling_outputs import BaseModelOutput

        ids, mask = self._padded([work.ids for work in batch], left=False)
        hidden = self._loaded.model.get_encoder()(input_ids=ids, attention_mask=mask).last_hidden_state
        options = [(place, option) for place, work in enumerate(batch) for option in work.options]
        of = torch.tensor([place for place, _ in options], device=ids.device)
        start = self._loaded.model.generation_config.decoder_start_token_id
        given, counts = self._padded([(start, *option[:-1]) for _, option in options], left=False)
        wanted, _ = self._padded([option for _, option in options], left=False)
        out = self._forward(
            encoder_outputs=BaseModelOutput(last_hidden_state=hidden[of]), attention_mask=mask[of],
            decoder_input_ids=given, decoder_attention_mask=counts,
        )  # fmt: skip
        found = iter(_summed(out.logits, wanted, counts))
        return [[next(found) for _ in work.options] for work in batch]

    def _forward(self, **inputs: Any) -> Any:
        return self._loaded.model(**inputs)

    def _padded(self, rows: Sequence[Sequence[int]], left: bool) -> tuple[Tensor, Tensor]:
        return padded(rows, self._loaded.pad, self._loaded.place.device, left)

    def _places(self, mask: Tensor) -> dict[str, Tensor]:
        """Positions that do not count the padding, for the models that take them."""
        if "position_ids" not in self._takes:
            return {}
        return {"position_ids": (mask.cumsum(-1) - 1).clamp_(min=0)}


def _rows(place: int, work: Work) -> Iterable[Row]:
    return ((place, option) for option in range(len(work.options)))


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )


def _summed(logits: Tensor, wanted: Tensor, counts: Tensor) -> list[float]:
    """Log-likelihood of the wanted tokens, rows × tokens, summed over those that count."""
    logits = logits.float()
    chosen = logits.gather(-1, wanted.unsqueeze(-1)).squeeze(-1) - logits.logsumexp(-1)
    summed: list[float] = (chosen * counts).sum(-1).tolist()
    return summed


def _reply(work: Work, scores: Sequence[float], took: float) -> Reply:
    tokens = tuple(map(len, work.options))
    best = max(range(len(scores)), key=scores.__getitem__)
    return Reply(
        work.request.key, work.request.options[best], "scored", len(work.ids), 0, took, tuple(scores), tokens
    )
