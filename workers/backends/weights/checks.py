"""A pre-flight look at a model: everything that can be known without loading its weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from evaluation.domain.asking import Finding, ModelSpec
from workers.backends.generation.chat_prompts import ChatPrompts
from workers.backends.generation.loading import load_writers, said
from workers.backends.protocol import ServingError
from workers.backends.weights import configs as model_configs
from workers.backends.weights.card import licence
from workers.backends.weights.files import read_json
from workers.backends.weights.memory_fit import GB, Place, fits, place
from workers.backends.weights.options import asked_window, needs_engines, template_options
from workers.backends.weights.safetensors_headers import read_weights
from workers.backends.weights.sources import Source, find

State = Literal["ok", "warning", "failed"]
NO_LICENCE = (
    "No licence is named, neither in the model card nor in a file: you may have no right to publish what it "
    "answers. Ask its authors, and add `license:` to the card."
)
NO_TEMPLATE = (
    "There is none: a base model, which goes on from plain text. "
    "For a chat model add the chat_template its authors trained with."
)
NO_LABELS = (
    "The labels have no names, so no answer can be right. "
    "Write those of the task into id2label of config.json."
)
TRIAL = "Aspirin 100 mg once daily; blood pressure 120/80."


@dataclass(slots=True)
class Look:
    """What was found so far; a step that needs what an earlier one did not find is not taken."""

    spec: ModelSpec
    findings: list[Finding] = field(default_factory=list)

    def step(self, name: str, look: Callable[[], Any]) -> Any:
        """What the step found; None, with a failed finding, where it is refused."""
        try:
            return look()
        except ServingError as error:
            self.say(name, "failed", error.message)
        except Exception as error:  # what is looked at may be broken in ways nobody thought of
            self.say(name, "failed", f"The {name} cannot be read ({said(error)}). Save the model anew.")
        return None

    def say(self, name: str, state: State, text: str) -> None:
        self.findings.append(Finding(name, state, text))


def inspect(spec: ModelSpec) -> list[Finding]:
    """Files, licence, architecture, size, memory, tokenizer, chat template and window, in this order."""
    look = Look(spec)
    look.step("engine", needs_engines)
    source = (
        None if look.findings else look.step("files", lambda: find(spec, with_weights=False, log=_unheard))
    )
    if source is None:
        return look.findings
    say_where(look, source)
    config = look.step("files", lambda: read_json(source.files["config.json"]))
    if config is None:
        return look.findings
    kind = look.step("architecture", lambda: _architecture(config))
    where = look.step("dtype", lambda: place(spec.options, config))
    if kind is None or where is None:
        return look.findings
    look.say("architecture", "ok", f"{config['architectures'][0]}, {model_configs.CALLED[kind]}.")
    tokenizer = look.step("tokenizer", lambda: look_at_tokenizer(look, source, kind, config))
    window = look.step("window", lambda: look_at_window(look, config, kind, tokenizer))
    look.step("weights", lambda: _weights(look, source, config, where, window))
    return look.findings


def say_where(look: Look, source: Source) -> None:
    if source.revision:
        branch = look.spec.revision not in ("", source.revision)
        moved = f" ({look.spec.revision} today)" if branch else ""
        look.say("revision", "ok", f"Commit {source.revision}{moved}: this is what is run and recorded.")
    else:
        look.say("revision", "ok", "A local folder; the SHA-256 of its files is recorded.")
    named = licence(source.files)
    if named:
        look.say("licence", "ok", f"Licence: {named}.")
    else:
        look.say("licence", "warning", NO_LICENCE)


def _architecture(config: Mapping[str, Any]) -> model_configs.Kind:
    model_configs.refuse_the_boundless(config)
    model_configs.refuse_quantised(config)
    return model_configs.kind_of(config)


def look_at_tokenizer(look: Look, source: Source, kind: model_configs.Kind, config: Mapping[str, Any]) -> Any:
    tokenizer, processor = load_writers(source.folder, kind)
    ids = tokenizer(TRIAL, add_special_tokens=False)["input_ids"]
    if not ids or max(ids) >= model_configs.vocabulary(config):
        raise ServingError(
            "tokenizer",
            f"The tokenizer gives token {max(ids, default=-1)}, the model knows "
            f"{model_configs.vocabulary(config):,}: "
            "they do not belong together. Copy the tokenizer's files of this very model.",
        )
    back = tokenizer.decode(ids, clean_up_tokenization_spaces=False)
    if _bare(back) == _bare(TRIAL):
        look.say("tokenizer", "ok", f"{len(ids)} tokens for {TRIAL!r}, and the same text back.")
    else:
        look.say(
            "tokenizer", "warning", f"{TRIAL!r} comes back as {back[:80]!r}: doses and signs may be lost."
        )
    if kind != "classifier":
        _say_template(
            look, kind, ChatPrompts(processor or tokenizer, kind == "vision", template_options(look.spec))
        )
    else:
        _say_labels(look, config)
    return tokenizer


def _say_template(look: Look, kind: model_configs.Kind, prompts: ChatPrompts) -> None:
    if not prompts.is_chat and kind == "encoder_decoder":
        look.say("chat template", "ok", "None is needed: an encoder-decoder reads plain text.")
    elif not prompts.is_chat:
        look.say("chat template", "warning", NO_TEMPLATE)
    elif prompts.takes_system:
        look.say("chat template", "ok", "It takes a system turn.")
    else:
        look.say(
            "chat template",
            "ok",
            "It takes no system turn: instructions are merged into the first user turn.",
        )


def _say_labels(look: Look, config: Mapping[str, Any]) -> None:
    named = config.get("id2label")
    labels = [str(label) for label in named.values()] if isinstance(named, dict) else []
    if not labels or all(label.startswith("LABEL_") for label in labels):
        look.say("labels", "warning", NO_LABELS)
    else:
        look.say("labels", "ok", f"Labels: {', '.join(labels[:12])}.")


def look_at_window(
    look: Look, config: Mapping[str, Any], kind: model_configs.Kind, tokenizer: Any
) -> int | None:
    of_tokenizer = tokenizer.model_max_length if tokenizer is not None else None
    window = asked_window(look.spec, model_configs.window(config, kind, of_tokenizer))
    if window is None:
        look.say("window", "warning", "config.json names no longest text. Set `window` if answers break off.")
    else:
        look.say(
            "window",
            "ok",
            f"{window:,} tokens of {'prompt and answer' if kind in ('decoder', 'vision') else 'prompt'}.",
        )
    return window


def _weights(look: Look, source: Source, config: Mapping[str, Any], where: Place, window: int | None) -> None:
    if source.weight_bytes is None or any(name.endswith(".safetensors") for name in source.files):
        weights = read_weights(source.files)
        size, count = weights.size, weights.count
    else:
        size = source.weight_bytes
        count = source.parameters or size // 2  # of two bytes each, as most are published
    look.say("weights", "ok", f"{count / 1e6:,.1f} million parameters in {size / GB:.2f} GB of safetensors.")
    look.say("dtype", "ok", f"Run as {where.dtype} on {where.device}.")
    look.findings.append(fits(count, model_configs.bytes_per_token(config, where.itemsize), window, where))


def _bare(text: str) -> str:
    """Without blanks and case: an uncased tokenizer loses nothing that matters here."""
    return "".join(text.split()).casefold()


def _unheard(_: str) -> None:
    """Nobody watches a pre-flight."""
