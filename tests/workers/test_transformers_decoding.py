"""How transformers decode: options, seeds, stops and ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluation.domain.asking import Decoding, Request, Turn
from tests.workers.asking_transformers import QUESTIONS, Served, answered, asked, reference
from tests.workers.tiny_models import change_json

OPTIONS = ("A", "B", " Aspirin 100 mg once daily", " no", "Apixaban 5 mg twice daily")


def test_options_have_the_likelihood_of_the_whole_text(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    import torch

    folder = tiny_model_at("chat")
    model, tokenizer = reference(folder, "AutoModelForCausalLM")
    for question, reply in zip(
        QUESTIONS, answered(served(folder), asked(QUESTIONS, options=OPTIONS)), strict=True
    ):
        prompt = tokenizer.apply_chat_template(
            [{"role": "user", "content": question}], add_generation_prompt=True, tokenize=False
        )
        start = len(tokenizer(prompt, add_special_tokens=False)["input_ids"])
        for option, score, count in zip(OPTIONS, reply.option_scores, reply.option_tokens, strict=True):
            ids = tokenizer(prompt + option, add_special_tokens=False, return_tensors="pt")["input_ids"]
            with torch.inference_mode():
                likely = model(ids).logits[0, :-1].log_softmax(-1).gather(1, ids[0, 1:, None])[start - 1 :, 0]
            assert len(likely) == count
            assert score == pytest.approx(float(likely.sum()), abs=1e-3)
        assert reply.text == OPTIONS[int(np.argmax(reply.option_scores))]
        assert reply.finish == "scored"


def test_an_encoder_decoder_scores_options_as_its_loss_does(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    import torch

    folder = tiny_model_at("encoder_decoder")
    model, tokenizer = reference(folder, "AutoModelForSeq2SeqLM")
    for question, reply in zip(
        QUESTIONS, answered(served(folder), asked(QUESTIONS, options=OPTIONS)), strict=True
    ):
        given = tokenizer(question, return_tensors="pt")
        for option, score in zip(OPTIONS, reply.option_scores, strict=True):
            labels = tokenizer(option, add_special_tokens=False, return_tensors="pt")["input_ids"]
            with torch.inference_mode():
                loss = model(**given, labels=labels).loss
            assert score == pytest.approx(-float(loss) * labels.shape[1], abs=1e-3)


def test_a_seed_gives_its_text_in_any_batch(served: Served, tiny_model_at: Callable[[str], Path]) -> None:
    def sampled(seeds: Sequence[int], **options: Any) -> dict[int, str]:
        requests = [
            Request(str(seed), (Turn("user", QUESTIONS[seed % 3]),), Decoding(10, 1.0, 0.95, 50, seed))
            for seed in seeds
        ]
        replies = answered(served(tiny_model_at("chat"), **options), requests)
        return {seed: reply.text for seed, reply in zip(seeds, replies, strict=True)}

    together = sampled(range(12))
    assert sampled([3, 7], batch_rows=1) == {3: together[3], 7: together[7]}
    assert len(set(together.values())) == 12


def test_tokens_are_drawn_as_often_as_their_probability_says(engines: None) -> None:
    import torch
    from scipy.stats import chisquare

    from workers.backends.generation.seeded_sampling import sampled

    logits, many = torch.tensor([2.0, 1.0, 0.0, -1.0, -5.0]), 20_000
    draws = torch.from_numpy(np.random.default_rng(11).random(many))
    rows = logits.expand(many, 5)
    for temperature in (0.5, 1.0):
        chosen = sampled(rows, Decoding(temperature=temperature), draws)
        seen = torch.bincount(chosen[:, 0], minlength=5).numpy()
        wanted = (logits / temperature).softmax(-1).double()
        assert chisquare(seen, (wanted / wanted.sum() * many).numpy()).pvalue > 1e-4
    assert set(sampled(rows, Decoding(temperature=1.0, top_k=2), draws)[:, 0].tolist()) == {0, 1}
    # 0.64 and 0.24 of the whole: the second is needed to reach 0.7, the third is not
    assert set(sampled(rows, Decoding(temperature=1.0, top_p=0.7), draws)[:, 0].tolist()) == {0, 1}
    assert set(sampled(rows, Decoding(temperature=1.0, top_p=1e-9), draws)[:, 0].tolist()) == {0}


def test_a_text_ends_before_the_string_that_ends_it(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    on = served(tiny_model_at("chat"))
    whole = answered(on, asked(QUESTIONS))
    end = whole[0].text[6:9]
    for plain, ended in zip(
        whole, answered(on, asked(QUESTIONS, Decoding(12, stop=(end, "never")))), strict=True
    ):
        before, found, _ = plain.text.partition(end)
        assert ended.text == before
        assert ended.finish == ("stop" if found else "length")
        assert (ended.tokens_out or 99) < 12 if found else ended.tokens_out == 12


def test_an_answer_ends_at_the_models_own_end(
    served: Served, own_copy: Callable[[str], Path], tiny_model_at: Callable[[str], Path]
) -> None:
    model, tokenizer = reference(tiny_model_at("chat"), "AutoModelForCausalLM")
    ids = tokenizer.apply_chat_template(
        [{"role": "user", "content": QUESTIONS[0]}], add_generation_prompt=True, return_tensors="pt"
    )["input_ids"]
    written = model.generate(ids, max_new_tokens=12, do_sample=False)[0, ids.shape[1] :].tolist()
    place = next(n for n in range(3, 12) if written[n] not in written[:n])
    changed = own_copy("chat")
    change_json(changed / "generation_config.json", eos_token_id=[tokenizer.eos_token_id, written[place]])
    reply = answered(served(changed), asked(QUESTIONS))[0]
    assert reply.text == tokenizer.decode(written[:place], skip_special_tokens=True)
    assert (reply.finish, reply.tokens_out) == ("stop", place + 1)


def test_what_a_model_would_like_of_its_decoding_is_not_followed(
    served: Served, own_copy: Callable[[str], Path], tiny_model_at: Callable[[str], Path]
) -> None:
    changed = own_copy("chat")
    change_json(
        changed / "generation_config.json",
        do_sample=True,
        temperature=1.9,
        repetition_penalty=3.0,
        max_new_tokens=2,
    )
    plain, liked = (answered(served(at), asked(QUESTIONS)) for at in (tiny_model_at("chat"), changed))
    assert [reply.text for reply in liked] == [reply.text for reply in plain]
