"""Answers written by a model, a batch at a time: greedy, or sampled with a seed of each request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any, cast

from evaluation.domain.asking import Decoding, Reply
from workers.backends.generation.chat_prompts import pictures
from workers.backends.generation.length_batches import Work
from workers.backends.generation.loading import Loaded
from workers.backends.generation.padded_rows import padded
from workers.backends.generation.seeded_sampling import SeededSampling
from workers.backends.generation.stepwise import stepwise
from workers.backends.generation.stop_strings import StopStrings, cut


class TextGeneration:
    def __init__(self, loaded: Loaded, special: bool) -> None:
        self._loaded, self._special = loaded, special
        self._ends = _ending_tokens(loaded)
        self._settings = _own_settings(loaded, self._ends)
        self.steps = stepwise(loaded, self._ends)

    def answer(self, batch: Sequence[Work]) -> list[Reply]:
        """One reply each; the latency is that of the batch, which is what each of them waited for."""
        started = perf_counter()
        decoding = cast(tuple[Decoding, bool], batch[0].group)[0]
        seeds = [work.request.decoding.seed for work in batch]
        until = StopStrings(decoding.stop, self._decode) if decoding.stop else None
        if self.steps:
            rows = self.steps.write([work.ids for work in batch], decoding, seeds, until)
        else:
            rows = self._generate(self._inputs(batch), decoding, seeds, until)
        replies = self._replies(batch, rows, decoding, until)
        took = (perf_counter() - started) * 1000
        return [replace(reply, latency_ms=took) for reply in replies]

    def _inputs(self, batch: Sequence[Work]) -> dict[str, Any]:
        loaded = self._loaded
        shown = [pictures(work.request.turns) for work in batch]
        if any(shown):
            made = loaded.processor(
                text=[work.text for work in batch], images=shown, padding=True, padding_side="left",
                return_tensors="pt", add_special_tokens=self._special,
            )  # fmt: skip
            return dict(made.to(loaded.place.device, loaded.model.dtype))
        left = loaded.kind != "encoder_decoder"
        ids, mask = padded([work.ids for work in batch], loaded.pad, loaded.place.device, left)
        return {"input_ids": ids, "attention_mask": mask}

    def _generate(
        self, inputs: dict[str, Any], decoding: Decoding, seeds: list[int], until: StopStrings | None
    ) -> list[list[int]]:
        import torch
        from transformers import GenerationConfig

        start = 1 if self._loaded.kind == "encoder_decoder" else inputs["input_ids"].shape[1]
        if until:
            until.start = start
        settings = GenerationConfig(max_new_tokens=decoding.max_new_tokens, **self._settings)
        steps = [SeededSampling(decoding, seeds, self._loaded.place.device)] if decoding.temperature else []
        with torch.inference_mode():
            rows: list[list[int]] = self._loaded.model.generate(
                **inputs, generation_config=settings, logits_processor=steps,
                stopping_criteria=[until] if until else [],
            )[:, start:].tolist()  # fmt: skip
        return rows

    def _replies(
        self, batch: Sequence[Work], rows: list[list[int]], decoding: Decoding, until: StopStrings | None
    ) -> list[Reply]:
        ended = until.ended if until else {}
        kept = [self._kept(row[: ended.get(place, len(row))]) for place, row in enumerate(rows)]
        texts = self._decode([row for row, _ in kept])
        replies = []
        for place, (work, (row, closed), text) in enumerate(zip(batch, kept, texts, strict=True)):
            answer, was_cut = cut(text, decoding.stop)
            finish = "stop" if closed or was_cut or place in ended else "length"
            replies.append(
                Reply(work.request.key, answer, cast(Any, finish), len(work.ids), len(row) + closed)
            )
        return replies

    def _kept(self, row: list[int]) -> tuple[list[int], bool]:
        """The tokens before the one that ends an answer, and whether there was one."""
        place = next((place for place, token in enumerate(row) if token in self._ends), None)
        return (row, False) if place is None else (row[:place], True)

    def _decode(self, rows: list[list[int]]) -> list[str]:
        texts: list[str] = self._loaded.tokenizer.batch_decode(
            rows, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return texts


def _ending_tokens(loaded: Loaded) -> frozenset[int]:
    named = loaded.model.generation_config.eos_token_id
    several = named if isinstance(named, list) else [named]
    return frozenset(token for token in (*several, loaded.tokenizer.eos_token_id) if token is not None)


def _own_settings(loaded: Loaded, ends: frozenset[int]) -> dict[str, Any]:
    """Of the settings a model brings only its special tokens are kept: penalties, beams and sampling it would
    like are no part of what was asked, and would make two models incomparable without a word."""
    from transformers import GenerationConfig

    brought = loaded.model.generation_config
    kept = ("bos_token_id", "decoder_start_token_id", "forced_bos_token_id", "forced_eos_token_id")
    settings = {name: getattr(brought, name, None) for name in kept}
    settings |= {
        "eos_token_id": sorted(ends) or None,
        "pad_token_id": loaded.pad,
        "do_sample": False,
        "num_beams": 1,
    }
    loaded.model.generation_config = GenerationConfig(**settings)
    return settings
