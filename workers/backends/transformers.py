"""Models run in this process by the transformers library.

They are decoders, encoder-decoders, sequence classifiers, or take images and text: config.json says which.
Weights are read from safetensors only, and no code that comes with a model is run. Options of a ModelSpec:
`dtype`, `device`, `threads`, `window`, `batch_rows`, `batch_tokens`, and `chat_template_kwargs`, what the
chat template is given (a reasoning switch for one).
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import version
from threading import Event
from typing import Any

from evaluation.domain.asking import Engine, Failure, ModelSpec, Reply, Request, Turn
from workers.backends.generation.batch_failures import why_failed
from workers.backends.generation.chat_prompts import ChatPrompts, UnfitRequestError, as_pair
from workers.backends.generation.classifying import Classifying
from workers.backends.generation.length_batches import Room, Work, in_batches
from workers.backends.generation.loading import Loaded, Watch, load_model, load_writers
from workers.backends.generation.option_likelihood import OptionLikelihood
from workers.backends.generation.prompt_tokens import PromptTokens, failed
from workers.backends.generation.text import TextGeneration
from workers.backends.protocol import Log, ServingError
from workers.backends.weights import configs as model_configs
from workers.backends.weights.checks import inspect
from workers.backends.weights.files import is_loaded, read_json
from workers.backends.weights.hashes import hashes
from workers.backends.weights.memory_fit import batch_tokens, place, usable_cores
from workers.backends.weights.options import asked_window, needs_engines, template_options, whole_number
from workers.backends.weights.safetensors_headers import read_weights
from workers.backends.weights.sources import Source, find

__all__ = ["inspect", "serve"]

ROWS = {"cpu": 64, "cuda": 256}  # of a batch at most


def serve(spec: ModelSpec, log: Log) -> TransformersBackend:
    """Load the model, telling how far it is; ServingError where that fails."""
    needs_engines()
    source = find(spec, with_weights=True, log=log)
    weights = read_weights(source.files)
    config = read_json(source.files["config.json"])
    model_configs.refuse_the_boundless(config)
    model_configs.refuse_quantised(config)
    kind = model_configs.kind_of(config)
    where = place(spec.options, config)
    _use_cores(spec)
    digests = hashes({name: path for name, path in source.files.items() if is_loaded(name)}, log)
    log(f"Loading {weights.count / 1e6:,.1f} million parameters as {where.dtype} on {where.device}")
    tokenizer, processor = load_writers(source.folder, kind)
    watch = Watch()
    model = load_model(source.folder, kind, where, watch)
    window = asked_window(spec, model_configs.window(config, kind, tokenizer.model_max_length))
    loaded = Loaded(kind, config, where, window, model, tokenizer, processor, watch)
    log(f"Ready: {model_configs.CALLED[kind]}, window of {window or 'any number of'} tokens")
    return TransformersBackend(spec, source, loaded, digests)


class TransformersBackend:
    """A loaded model. One thread asks at a time: `parallel` is 1, batches are the parallelism."""

    parallel = 1

    def __init__(self, spec: ModelSpec, source: Source, loaded: Loaded, digests: dict[str, str]) -> None:
        self._spec, self._source, self._loaded, self._digests = spec, source, loaded, digests
        self._prompts = ChatPrompts(loaded.writer, loaded.kind == "vision", template_options(spec))
        self._tokens = PromptTokens(loaded, self._prompts)
        self._room = _room(spec, loaded)
        self._classifying = self._generation = self._likelihood = None
        if loaded.kind == "classifier":
            self._classifying = Classifying(loaded)
        else:
            self._generation = TextGeneration(loaded, self._tokens.special)
        if loaded.kind in ("decoder", "encoder_decoder") and not getattr(loaded.model, "_is_stateful", False):
            reads_once = bool(self._generation and self._generation.steps)
            self._likelihood = OptionLikelihood(loaded, self._tokens.special, reads_once)

    def about(self) -> Engine:
        chat = self._prompts.is_chat and not self._classifying
        return Engine(
            "transformers", self._spec.model, self._source.revision, versions(), _device(self._loaded),
            self._digests, self._prompts.template_sha if chat else "", self._loaded.window,
            takes_system=self._prompts.takes_system, is_chat=chat,
            scores_options=bool(self._classifying or self._likelihood),
        )  # fmt: skip

    def count_tokens(self, turns: Sequence[Turn]) -> int:
        """Tokens of the prompt, the opening of the answer included; ServingError where it cannot be asked."""
        try:
            if self._classifying:
                return len(self._loaded.tokenizer(*as_pair(turns))["input_ids"])
            return self._tokens.count(turns)
        except UnfitRequestError as error:
            raise ServingError(error.code, error.message) from None

    def replies(self, requests: Sequence[Request], stop: Event) -> Iterator[Reply]:
        """Replies batch after batch, longest prompts first; latency is the time its batch took."""
        self._loaded.watch.stop = stop
        work: dict[Any, list[Work]] = {}
        for request, ready in self._ready(requests, stop):
            if isinstance(ready, Reply):
                yield ready
            else:
                work.setdefault(self._way(request), []).append(ready)
        for way, several in work.items():
            yield from in_batches(several, self._room, way.answer, why_failed, stop)

    def close(self) -> None:
        """Let go of the weights; the backend answers no more."""
        import gc

        import torch

        self._classifying = self._generation = self._likelihood = None
        self._loaded.model = None
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _way(self, request: Request) -> Any:
        """Which of the three ways of answering a request takes; None where the model has none."""
        return self._classifying or (self._likelihood if request.options else self._generation)

    def _ready(self, requests: Sequence[Request], stop: Event) -> Iterator[tuple[Request, Work | Reply]]:
        asked = {request.key: request for request in requests}
        if self._classifying:
            yield from ((one, _tried(one, self._classifying.ready, one)) for one in requests)
            return
        known = [request for request in requests if self._way(request)]
        yield from ((one, _no_options(one)) for one in requests if not self._way(one))
        for ready in self._tokens.ready(known, stop.is_set):
            request = asked[ready.key] if isinstance(ready, Reply) else ready.request
            if self._likelihood and request.options and isinstance(ready, Work):
                yield request, _tried(request, self._likelihood.ready, ready)
            else:
                yield request, ready


@cache
def versions() -> dict[str, str]:
    named = {package: version(package) for package in ("transformers", "torch", "tokenizers", "safetensors")}
    return named | {"python": platform.python_version()}


def _tried(request: Request, make: Any, given: Any) -> Work | Reply:
    try:
        ready: Work = make(given)
    except UnfitRequestError as error:
        return failed(request.key, error)
    return ready


def _no_options(request: Request) -> Reply:
    said = "This model gives no likelihoods of options. Choose a prompt mode in which it writes its answer."
    return Reply(request.key, finish="failed", failure=Failure("no_option_scores", said))


def _room(spec: ModelSpec, loaded: Loaded) -> Room:
    """As asked, or what memory leaves; a row costs its scores over the vocabulary besides its tokens."""
    token_bytes = model_configs.bytes_per_token(loaded.config, loaded.place.itemsize)
    tokens = whole_number(spec, "batch_tokens") or batch_tokens(token_bytes, loaded.place)
    rows = whole_number(spec, "batch_rows") or ROWS[loaded.place.device.split(":")[0]]
    return Room(tokens, rows)


def _use_cores(spec: ModelSpec) -> None:
    """As many threads as cores this process may use, unless told otherwise."""
    import torch

    asked = whole_number(spec, "threads")
    if asked or "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(asked or usable_cores())


def _device(loaded: Loaded) -> str:
    import torch

    if loaded.place.device.startswith("cuda"):
        return f"{torch.cuda.get_device_name(loaded.place.device)}, {loaded.place.dtype}"
    return f"{platform.machine()} CPU, {torch.get_num_threads()} threads, {loaded.place.dtype}"
