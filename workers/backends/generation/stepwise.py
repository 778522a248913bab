"""Text written token by token by a plain decoder: what the library's `generate` does, at less cost.

Keys and values are kept without copying, what all prompts of a batch begin with is read once, and rows that
have ended are computed no further. Whether a model may be asked so is tried on the model itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from evaluation.domain.asking import Decoding
from workers.backends.generation import grouped_attention
from workers.backends.generation.growing_cache import growing_cache, keep_rows
from workers.backends.generation.loading import Loaded
from workers.backends.generation.padded_rows import padded
from workers.backends.generation.seeded_sampling import SeededSampling
from workers.backends.generation.stop_strings import StopStrings

Tensor = Any
LEAST_SHARED = 32  # tokens; to read a shorter beginning once costs more than it saves
LEAST_ENDED = 1 / 8  # of a batch, before its rows are moved together
_TRIAL = ((7, 3, 5, 2, 6), (4, 6, 3))  # tokens every vocabulary has


def stepwise(loaded: Loaded, ends: frozenset[int]) -> Stepwise | None:
    """None for a model whose `generate` is its own, or which answers otherwise when it is asked so."""
    if not _is_plain(loaded):
        return None
    steps, model = Stepwise(loaded, ends), loaded.model
    if grouped_attention.shares_keys(model.config) and model.config._attn_implementation == "sdpa":
        model.set_attn_implementation(grouped_attention.made_known())
        if _is_the_same(loaded):
            return steps
        model.set_attn_implementation("sdpa")
    return steps if _is_the_same(loaded) else None


class Stepwise:
    def __init__(self, loaded: Loaded, ends: frozenset[int]) -> None:
        self._loaded, self._ends = loaded, ends

    def write(
        self,
        prompts: Sequence[Sequence[int]],
        decoding: Decoding,
        seeds: Sequence[int],
        until: StopStrings | None,
    ) -> list[list[int]]:
        """The tokens of each answer, the one that ended it included."""
        import torch

        with torch.inference_mode():
            reading = Reading(self._loaded, prompts, decoding.max_new_tokens)
            device = self._loaded.place.device
            draws = SeededSampling(decoding, seeds, device) if decoding.temperature else None
            answers: list[list[int]] = [[] for _ in prompts]
            while True:
                chosen = draws.tokens(reading.scores, reading.rows) if draws else reading.scores.argmax(-1)
                unended = self._taken(chosen.tolist(), reading.rows, answers, until)
                if not unended or len(answers[unended[0]]) >= decoding.max_new_tokens:
                    return answers
                if len(reading.rows) - len(unended) >= max(1, LEAST_ENDED * len(reading.rows)):
                    chosen = chosen[reading.keep(unended)]
                reading.read(chosen)

    def _taken(
        self, chosen: Sequence[int], rows: Sequence[int], answers: list[list[int]], until: StopStrings | None
    ) -> list[int]:
        """The rows that go on, after each that was not at its end has taken its token."""
        open_rows = []
        for row, token in zip(rows, chosen, strict=True):
            answer = answers[row]
            if (answer and answer[-1] in self._ends) or (until and row in until.ended):
                continue
            answer.append(token)
            if token not in self._ends:
                open_rows.append(row)
        if until and open_rows:
            until.look(open_rows, [answers[row] for row in open_rows], len(answers[open_rows[0]]))
            return [row for row in open_rows if row not in until.ended]
        return open_rows


class Reading:
    """A batch as far as it has been read: `scores` are those of the next token (`rows` × vocabulary).

    `cache` remembers what was read, of which `mask` says what counts (`rows` × tokens, bool); `tokens` is how
    many are to come at most.
    """

    def __init__(self, loaded: Loaded, prompts: Sequence[Sequence[int]], tokens: int) -> None:
        self._model, self._loaded = loaded.model, loaded
        takes = inspect.signature(loaded.model.forward).parameters
        self._last = {"logits_to_keep": 1} if "logits_to_keep" in takes else {}
        self.cache = growing_cache(loaded.model.config, tokens)
        self.mask: Tensor = None
        self._place: Tensor = None
        self._all_seen = False
        self.rows = list(range(len(prompts)))
        self._read_prompts(prompts)

    def read(self, tokens: Tensor) -> None:
        """One more token of each row."""
        import torch

        ones = self.mask.new_ones(len(self.rows), 1)
        self.mask, self._place = torch.cat([self.mask, ones], dim=1), self._place + 1
        seen = None if self._all_seen else self.mask[:, None, None, :]
        self._go_on(tokens[:, None], seen, self._place)

    def keep(self, rows: Sequence[int]) -> list[int]:
        """Go on with these alone; where they stood in the batch."""
        places = [self.rows.index(row) for row in rows]
        keep_rows(self.cache, places)
        self.mask, self._place, self.rows = self.mask[places], self._place[places], list(rows)
        return places

    def _read_prompts(self, prompts: Sequence[Sequence[int]]) -> None:
        """What all begin with is read once, the rest of them side by side, padded on the left."""
        import torch

        common = shared_beginning(prompts)
        if common:
            ids, mask = self._padded([prompts[0][:common]])
            self._go_on(ids, mask, (mask.cumsum(-1) - 1))
            keep_rows(self.cache, [0] * len(prompts))
        ids, mask = self._padded([prompt[common:] for prompt in prompts])
        mask = torch.cat([mask.new_ones(len(prompts), common), mask], dim=1)
        places = (mask.cumsum(-1) - 1).clamp_(min=0)
        self._go_on(ids, mask, places[:, common:])
        self.mask, self._place, self._all_seen = mask.bool(), places[:, -1:], bool(mask.all())

    def _go_on(self, ids: Tensor, mask: Tensor | None, places: Tensor) -> None:
        out = self._model(
            input_ids=ids, attention_mask=mask, position_ids=places, past_key_values=self.cache,
            use_cache=True, **self._last,
        )  # fmt: skip
        self.scores = out.logits[:, -1].float()

    def _padded(self, rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        return padded(rows, self._loaded.pad, self._loaded.place.device, left=True)


def shared_beginning(prompts: Sequence[Sequence[int]]) -> int:
    """Tokens that all begin with, each having more; 0 where they are too few to be worth it."""
    if len(prompts) < 2:
        return 0
    ordered = sorted(map(tuple, prompts))
    low, high = ordered[0], ordered[-1]  # what these share, all share that are sorted between them
    most = min(map(len, prompts)) - 1
    shared = next((n for n in range(most) if low[n] != high[n]), most)
    return shared if shared >= LEAST_SHARED else 0


def _is_plain(loaded: Loaded) -> bool:
    """Nothing of the model's own between the library's loop and its forward pass, no special treatment."""
    from transformers import GenerationMixin

    model = loaded.model
    kind, brought = type(model), model.generation_config
    own = ("generate", "_sample", "prepare_inputs_for_generation", "_update_model_kwargs_for_generation")
    return (
        loaded.kind == "decoder"
        and all(getattr(kind, name) is getattr(GenerationMixin, name) for name in own)
        and not getattr(model, "_is_stateful", False)
        and brought.forced_bos_token_id is None
        and brought.forced_eos_token_id is None
        and "position_ids" in inspect.signature(model.forward).parameters
        and growing_cache(model.config, 1) is not None
    )


def _is_the_same(loaded: Loaded) -> bool:
    """Whether scores are those of the library for rows of unlike length, at the first and second token."""
    import torch

    try:
        with torch.inference_mode():
            wanted = _of_the_library(loaded)
            reading = Reading(loaded, _TRIAL, 1)
            found = [reading.scores]
            reading.read(wanted[0].argmax(-1))
            found.append(reading.scores)
        return all(_are_close(one, other) for one, other in zip(found, wanted, strict=True))
    except Exception:  # its code takes no such mask, or no such cache
        return False


def _of_the_library(loaded: Loaded) -> list[Tensor]:
    from transformers import GenerationConfig

    ids, mask = padded(_TRIAL, loaded.pad, loaded.place.device, left=True)
    settings = GenerationConfig(
        max_new_tokens=2, do_sample=False, pad_token_id=loaded.pad,
        output_logits=True, return_dict_in_generate=True,
    )  # fmt: skip
    out = loaded.model.generate(input_ids=ids, attention_mask=mask, generation_config=settings)
    return [one.float() for one in out.logits]


def _are_close(found: Tensor, wanted: Tensor) -> bool:
    """As close as rounding leaves them: what reads another prompt is off by about their whole spread."""
    spread = float(wanted.std())
    return bool((found - wanted).abs().max() <= 0.05 * spread)
