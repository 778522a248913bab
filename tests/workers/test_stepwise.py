"""Our own loop over a decoder writes what the library's writes: whatever batches share, and however rows end."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from evaluation.domain.asking import Decoding, ModelSpec, Reply, Request, Turn
from tests.workers.tiny_models import change_json
from workers.backends.protocol import backend
from workers.backends.transformers import TransformersBackend

EXAMPLES = "Answer in one sentence. " + "A worked example shows how it is done. " * 12
QUESTIONS = [f"Which drug is {'very ' * n}right for patient {n}?" for n in range(9)]
LONG = Decoding(max_new_tokens=150)  # more than the cache makes room for at a time

Served = Callable[..., TransformersBackend]


@pytest.fixture
def served(engines: None) -> Iterator[Served]:
    opened: list[Any] = []

    def serve(folder: Path, **options: Any) -> TransformersBackend:
        opened.append(
            backend("transformers").serve(
                ModelSpec("transformers", str(folder), options=options), lambda _: None
            )
        )
        found: TransformersBackend = opened[-1]
        return found

    yield serve
    for one in opened:
        one.close()


@pytest.fixture
def soon_ending(tmp_path: Path, tiny_model_at: Callable[[str], Path]) -> Path:
    """A model a fifth of whose tokens end an answer, so that the rows of a batch end at different places."""
    folder = Path(shutil.copytree(tiny_model_at("chat"), tmp_path / "chat"))
    change_json(folder / "generation_config.json", eos_token_id=list(range(2, 1000, 5)))
    return folder


def answered(
    model: TransformersBackend, texts: Sequence[str], decoding: Decoding, seeds: Sequence[int] = ()
) -> list[Reply]:
    from dataclasses import replace

    decodings = [replace(decoding, seed=seed) for seed in seeds] or [decoding] * len(texts)
    requests = [
        Request(str(n), (Turn("user", text),), how)
        for n, (text, how) in enumerate(zip(texts, decodings, strict=True))
    ]
    replies = {reply.key: reply for reply in model.replies(requests, Event())}
    return [replies[request.key] for request in requests]


def said(replies: Sequence[Reply]) -> list[tuple[Any, ...]]:
    return [(reply.text, reply.finish, reply.tokens_in, reply.tokens_out, reply.failure) for reply in replies]


def by_the_library(folder: Path, texts: Sequence[str], tokens: int) -> list[str]:
    """Each alone, by the library's own loop."""
    import transformers

    model = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    found = []
    for text in texts:
        ids = tokenizer.apply_chat_template(
            [{"role": "user", "content": text}], add_generation_prompt=True, return_tensors="pt"
        )["input_ids"]
        out = model.generate(ids, max_new_tokens=tokens, do_sample=False)[0, ids.shape[1] :].tolist()
        ends = model.generation_config.eos_token_id
        closing = set(ends if isinstance(ends, list) else [ends])
        kept = next((out[:place] for place, token in enumerate(out) if token in closing), out)
        found.append(tokenizer.decode(kept, skip_special_tokens=True))
    return found


def test_a_plain_decoder_is_asked_by_our_own_loop(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    found = {}
    for kind in ("chat", "base", "encoder_decoder", "vision"):
        generation = served(tiny_model_at(kind))._generation
        found[kind] = generation is not None and generation.steps is not None
    assert found == {"chat": True, "base": True, "encoder_decoder": False, "vision": False}


def test_what_all_prompts_begin_with_is_read_once_and_changes_no_answer(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    folder = tiny_model_at("chat")
    texts = [EXAMPLES + question for question in QUESTIONS]
    replies = answered(served(folder), texts, Decoding(max_new_tokens=24))
    assert [reply.text for reply in replies] == by_the_library(folder, texts, 24)
    assert [reply.tokens_out for reply in replies] == [24] * len(texts)


def test_the_same_prompt_many_times_is_answered_each_time(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    folder = tiny_model_at("chat")
    replies = answered(served(folder), [EXAMPLES] * 5, Decoding(max_new_tokens=8))
    assert [reply.text for reply in replies] == by_the_library(folder, [EXAMPLES], 8) * 5


def test_answers_longer_than_the_room_made_at_a_time_are_the_library_s(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    folder = tiny_model_at("chat")
    replies = answered(served(folder), QUESTIONS[:3], LONG)
    assert [reply.text for reply in replies] == by_the_library(folder, QUESTIONS[:3], 150)


def test_rows_that_end_early_leave_the_others_as_they_are(served: Served, soon_ending: Path) -> None:
    texts = [*QUESTIONS, *(EXAMPLES + question for question in QUESTIONS)]
    replies = answered(served(soon_ending), texts, LONG)
    assert [reply.text for reply in replies] == by_the_library(soon_ending, texts, 150)
    assert len({reply.tokens_out for reply in replies}) > 3, "they end at different places"
    assert {reply.finish for reply in replies} >= {"stop"}


def test_sampling_depends_on_the_seed_and_not_on_who_has_ended(served: Served, soon_ending: Path) -> None:
    decoding = Decoding(max_new_tokens=40, temperature=1.0, top_p=0.9)
    model = served(soon_ending)
    together = answered(model, QUESTIONS, decoding, seeds=range(9))
    alone = [answered(model, [text], decoding, seeds=[seed])[0] for seed, text in enumerate(QUESTIONS)]
    assert [reply.text for reply in together] == [reply.text for reply in alone]
    assert len({reply.tokens_out for reply in together}) > 3


def test_stop_strings_end_single_rows(served: Served, tiny_model_at: Callable[[str], Path]) -> None:
    model = served(tiny_model_at("chat"))
    free = answered(model, QUESTIONS, Decoding(max_new_tokens=40))
    ends = tuple({reply.text[9:11] for reply in free[:4]})
    stopped = answered(model, QUESTIONS, Decoding(max_new_tokens=40, stop=ends))
    for whole, reply in zip(free, stopped, strict=True):
        places = [place for end in ends if (place := whole.text.find(end)) >= 0]
        assert reply.text == whole.text[: min(places, default=None)]
        assert reply.finish == ("stop" if places else "length")
    assert {reply.finish for reply in stopped[:4]} == {"stop"}


@pytest.mark.parametrize("kind", ["gpt2", "bloom", "mistral", "gemma2", "opt"])
def test_decoders_of_every_build_answer_as_the_library_has_them_answer(
    served: Served, tmp_path: Path, kind: str
) -> None:
    folder = tmp_path / kind
    make(kind, folder)
    texts = [*QUESTIONS, *(EXAMPLES + question for question in QUESTIONS)]
    replies = answered(served(folder, dtype="float32"), texts, Decoding(max_new_tokens=30))
    assert [reply.text for reply in replies] == by_the_library(folder, texts, 30)


def make(kind: str, folder: Path) -> None:
    """A small model of another build, with the tiny model's tokenizer."""
    import torch
    import transformers

    from workers.backends import tiny_model

    tokenizer = tiny_model.byte_level_tokenizer(tiny_model.SPECIAL)
    tokenizer.chat_template = tiny_model.TEMPLATE
    like_llama = tiny_model.shape(tokenizer)
    special = {
        name: like_llama[name] for name in ("vocab_size", "pad_token_id", "bos_token_id", "eos_token_id")
    }
    config = {
        "gpt2": lambda: transformers.GPT2Config(n_embd=64, n_layer=2, n_head=2, **special),
        "bloom": lambda: transformers.BloomConfig(hidden_size=64, n_layer=2, n_head=2, **special),
        "opt": lambda: transformers.OPTConfig(
            hidden_size=64, word_embed_proj_dim=64, num_hidden_layers=2, num_attention_heads=2, ffn_dim=128,
            max_position_embeddings=2048, **special,
        ),
        "mistral": lambda: transformers.MistralConfig(**like_llama, sliding_window=24),
        "gemma2": lambda: transformers.Gemma2Config(**like_llama, sliding_window=24),
    }[kind]()  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        tiny_model.save(folder, transformers.AutoModelForCausalLM.from_config(config), tokenizer)


def test_options_are_as_likely_when_their_prompts_begin_alike(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    import numpy as np

    model = served(tiny_model_at("chat"))
    texts = [EXAMPLES + question for question in QUESTIONS]
    options = ("Aspirin", "A", "Nothing at all, and time")
    requests = [Request(str(n), (Turn("user", text),), options=options) for n, text in enumerate(texts)]
    together = {reply.key: reply for reply in model.replies(requests, Event())}
    for request in requests:
        (alone,) = model.replies([request], Event())
        assert together[request.key].option_tokens == alone.option_tokens
        np.testing.assert_allclose(together[request.key].option_scores, alone.option_scores, atol=1e-4)
