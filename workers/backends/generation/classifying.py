"""Labels given by sequence classifiers and inference heads: the likeliest label is the reply's text."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from time import perf_counter
from typing import Any

from evaluation.domain.asking import Reply, Request
from workers.backends.generation.chat_prompts import UnfitRequestError, as_pair
from workers.backends.generation.length_batches import Work
from workers.backends.generation.loading import Loaded
from workers.backends.generation.prompt_tokens import too_long
from workers.backends.protocol import ServingError

SEVERAL = "multi_label_classification"
CHOSEN_FROM = 0.5  # of a model that gives several labels: each is judged alone


class Classifying:
    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._several = loaded.model.config.problem_type == SEVERAL
        names = loaded.model.config.id2label
        self.labels: list[str] = [str(names[place]) for place in range(loaded.model.config.num_labels)]
        if len(self.labels) < 2:
            raise ServingError(
                "regression",
                "The model gives one number and no label. Name a classifier with at least two labels.",
            )

    def ready(self, request: Request) -> Work:
        text, other = as_pair(request.turns)
        self._places(request.options)  # refused before it costs anything
        ids = self._loaded.tokenizer(text, other)["input_ids"]
        if self._loaded.window is not None and len(ids) > self._loaded.window:
            raise too_long(len(ids), self._loaded.window)
        return Work(request, tuple(ids), text, len(ids), ("labels", other is not None))

    def answer(self, batch: Sequence[Work]) -> list[Reply]:
        import torch

        started = perf_counter()
        pairs = [as_pair(work.request.turns) for work in batch]
        texts, others = [text for text, _ in pairs], [other for _, other in pairs]
        if others[0] is not None:  # then all of them are pairs
            rows = self._loaded.tokenizer(texts, others, padding=True, return_tensors="pt")
        else:
            rows = self._loaded.tokenizer(texts, padding=True, return_tensors="pt")
        with torch.inference_mode():
            logits = self._loaded.model(**rows.to(self._loaded.place.device)).logits.float()
            scores = torch.nn.functional.logsigmoid(logits) if self._several else logits.log_softmax(-1)
        took = (perf_counter() - started) * 1000
        return [self._reply(work, row, took) for work, row in zip(batch, scores.tolist(), strict=True)]

    def _reply(self, work: Work, scores: list[float], took: float) -> Reply:
        """Log-likelihoods of the options where they were asked for, otherwise of nothing."""
        places = self._places(work.request.options)
        among = places or range(len(scores))
        text = self.labels[max(among, key=scores.__getitem__)]
        if self._several and not places:
            given = (
                label for label, score in zip(self.labels, scores, strict=True) if score > log(CHOSEN_FROM)
            )
            text = ", ".join(given)
        wanted = tuple(scores[place] for place in places)
        ones: Any = (1,) * len(wanted)
        finish: Any = "scored" if wanted else "stop"
        return Reply(work.request.key, text, finish, len(work.ids), 0, took, wanted, ones)

    def _places(self, options: Sequence[str]) -> list[int]:
        """Where the options stand among the labels, blind to case."""
        known = {label.casefold(): place for place, label in enumerate(self.labels)}
        missing = [option for option in options if option.strip().casefold() not in known]
        if missing:
            raise UnfitRequestError(
                "unknown_label",
                f"The classifier has no label {missing[0][:40]!r}; it has {', '.join(self.labels[:12])}. "
                "Choose a task "
                "with these labels, or write them into id2label of its config.json.",
            )
        return [known[option.strip().casefold()] for option in options]
