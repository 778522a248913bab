"""Models served by vLLM: the worker starts a server for the model, watches it and asks it like any endpoint.

Prompts are written and cut into tokens here, as the transformers backend does, so that both engines are asked
the same; only what has images goes to the server as messages. Options of a ModelSpec: vllm_options.py. One
server is kept between runs of the same model; it rests when it was idle for long, and wakes when asked.
"""

from __future__ import annotations

import json
import threading
from dataclasses import astuple

from evaluation.domain.asking import ModelSpec
from workers.backends.protocol import Log
from workers.backends.vllm_server.backend import VllmBackend
from workers.backends.vllm_server.checks import inspect, kind_of, needs_tokenizers
from workers.backends.vllm_server.launch import Model, launch
from workers.backends.vllm_server.options import read_options
from workers.backends.vllm_server.prompts import VllmPrompts
from workers.backends.weights import configs as model_configs
from workers.backends.weights.files import is_loaded, read_json
from workers.backends.weights.hashes import hashes
from workers.backends.weights.options import asked_window
from workers.backends.weights.safetensors_headers import read_weights
from workers.backends.weights.sources import find

__all__ = ["VllmBackend", "inspect", "let_go", "serve"]

_lock = threading.Lock()
_warm: tuple[str, VllmBackend] | None = None  # the one that runs; its memory is needed before another starts


def serve(spec: ModelSpec, log: Log) -> VllmBackend:
    """The running server of this very model and options, or a new one in the place of the one that runs."""
    global _warm
    wanted = json.dumps(astuple(spec), sort_keys=True, default=str)
    with _lock:
        if _warm is not None and _warm[0] == wanted and not _warm[1].is_closed:
            log("The model is still loaded")
            return _warm[1]
        if _warm is not None:
            _warm[1].close()
            _warm = None
        backend = _prepared(spec, log)
        try:
            backend.wake(threading.Event(), log)
        except BaseException:
            backend.close()
            raise
        _warm = (wanted, backend)
        return backend


def let_go() -> None:
    """End the server that is kept warm, if there is one."""
    global _warm
    with _lock:
        if _warm is not None:
            _warm[1].close()
            _warm = None


def _prepared(spec: ModelSpec, log: Log) -> VllmBackend:
    """Everything that can be known before the server starts."""
    options = read_options(spec)
    needs_tokenizers()
    source = find(spec, with_weights=True, log=log)
    weights = read_weights(source.files)
    config = read_json(source.files["config.json"])
    kind = kind_of(config)
    window = asked_window(spec, model_configs.window(config, kind, None))
    model = Model(str(source.folder), config, weights.size, weights.count, window)
    prompts = VllmPrompts(spec, source, config, kind, window)
    starting = launch(model, options, spec.model)
    digests = hashes({name: path for name, path in source.files.items() if is_loaded(name)}, log)
    log(f"Starting vLLM on {starting.device} for {weights.count / 1e6:,.1f} million parameters")
    return VllmBackend(spec, options, source.revision, digests, prompts, starting)
