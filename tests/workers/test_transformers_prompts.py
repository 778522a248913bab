"""What a prompt becomes on its way to a model: its window, system turn, reasoning switch and opening."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evaluation.domain.asking import Decoding, Request, Turn
from tests.workers.asking_transformers import SHORT, Served, answered, asked, reference
from workers.backends.protocol import ServingError


def test_a_prompt_beyond_the_window_fails_alone_and_says_so(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    on = served(tiny_model_at("chat"), window=64)
    turns = (Turn("user", "very " * 200),)
    long, short, tight = answered(
        on,
        [
            Request("long", turns),
            *asked(["What?"]),
            Request("tight", (Turn("user", "What?"),), Decoding(500)),
        ],
    )
    assert long.failure and long.failure.code == "too_long" and "64" in long.failure.message
    assert short.failure is None
    assert on.count_tokens(turns) > 64
    assert on.count_tokens((Turn("user", "What?"),)) == short.tokens_in
    assert (tight.tokens_in or 0) + (tight.tokens_out or 0) == 64 and tight.finish == "length"


TEMPLATE_WITHOUT_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}{% endfor %}<|assistant|>"
    "{% if thinking is defined and thinking %}Let me think.{% endif %}"
)


def test_a_system_turn_is_merged_where_the_template_takes_none(
    served: Served, own_copy: Callable[[str], Path]
) -> None:
    folder = own_copy("chat")
    (folder / "chat_template.jinja").write_text(TEMPLATE_WITHOUT_SYSTEM, encoding="utf-8")
    on = served(folder)
    assert on.about().is_chat and not on.about().takes_system
    apart, merged = answered(
        on,
        [
            Request("apart", (Turn("system", "Be brief."), Turn("user", "What?")), SHORT),
            Request("merged", (Turn("user", "Be brief.\n\nWhat?"),), SHORT),
        ],
    )
    assert apart.failure is None and apart.text == merged.text and apart.tokens_in == merged.tokens_in


def test_the_reasoning_switch_reaches_the_template(served: Served, own_copy: Callable[[str], Path]) -> None:
    folder = own_copy("chat")
    (folder / "chat_template.jinja").write_text(TEMPLATE_WITHOUT_SYSTEM, encoding="utf-8")
    turns = (Turn("user", "What?"),)
    plain = served(folder).count_tokens(turns)
    assert served(folder, chat_template_kwargs={"thinking": True}).count_tokens(turns) > plain
    with pytest.raises(ServingError, match="chat_template_kwargs must be"):
        served(folder, chat_template_kwargs={"tokenize": True})


def test_the_opening_of_an_answer_is_gone_on_from(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    folder = tiny_model_at("chat")
    model, tokenizer = reference(folder, "AutoModelForCausalLM")
    turns = (Turn("user", "What?"), Turn("assistant", "The answer is"))
    (reply,) = answered(served(folder), [Request("only", turns, SHORT)])
    text = "<|begin|><|user|>What?<|end|><|assistant|>The answer is"
    ids = tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
    alone = model.generate(ids, max_new_tokens=12, do_sample=False)[0, ids.shape[1] :]
    assert reply.text == tokenizer.decode(alone, skip_special_tokens=True)
