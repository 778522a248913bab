"""Each kind of model answers through transformers: in batches as alone, and as the library does."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evaluation.domain.asking import Request, Turn
from tests.workers.asking_transformers import QUESTIONS, SHORT, Served, answered, asked, reference
from tests.workers.tiny_models import LABELS
from workers.backends.protocol import ServingError


def png(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return out.getvalue()


def test_a_chat_model_answers_in_batches_as_it_does_alone(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    folder = tiny_model_at("chat")
    model, tokenizer = reference(folder, "AutoModelForCausalLM")
    for question, reply in zip(QUESTIONS, answered(served(folder), asked(QUESTIONS)), strict=True):
        ids = tokenizer.apply_chat_template(
            [{"role": "user", "content": question}], add_generation_prompt=True, return_tensors="pt"
        )["input_ids"]
        alone = model.generate(ids, max_new_tokens=12, do_sample=False)[0, ids.shape[1] :]
        assert reply.text == tokenizer.decode(alone, skip_special_tokens=True)
        assert (reply.tokens_in, reply.tokens_out, reply.finish) == (ids.shape[1], 12, "length")
        assert reply.latency_ms and reply.failure is None


def test_a_base_model_goes_on_from_plain_text(served: Served, tiny_model_at: Callable[[str], Path]) -> None:
    folder = tiny_model_at("base")
    model, tokenizer = reference(folder, "AutoModelForCausalLM")
    on = served(folder)
    assert not on.about().is_chat
    assert on.about().template_sha == ""
    turns = (Turn("system", "Be brief."), Turn("user", "What is it?"))
    (reply,) = answered(on, [Request("only", turns, SHORT)])
    ids = tokenizer("Be brief.\n\nWhat is it?", return_tensors="pt")["input_ids"]
    alone = model.generate(ids, max_new_tokens=12, do_sample=False)[0, ids.shape[1] :]
    assert reply.text == tokenizer.decode(alone, skip_special_tokens=True)


def test_an_encoder_decoder_answers_in_batches_as_it_does_alone(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    folder = tiny_model_at("encoder_decoder")
    model, tokenizer = reference(folder, "AutoModelForSeq2SeqLM")
    for question, reply in zip(QUESTIONS, answered(served(folder), asked(QUESTIONS)), strict=True):
        ids = tokenizer(question, return_tensors="pt")["input_ids"]
        alone = model.generate(ids, max_new_tokens=12, do_sample=False)[0, 1:]
        assert reply.text == tokenizer.decode(alone, skip_special_tokens=True)
        assert reply.tokens_in == ids.shape[1]


def test_a_classifier_replies_with_its_label(served: Served, tiny_model_at: Callable[[str], Path]) -> None:
    import torch

    folder = tiny_model_at("classifier")
    model, tokenizer = reference(folder, "AutoModelForSequenceClassification")
    pairs = [(question, other) for question in QUESTIONS[:4] for other in ("It is.", "It is not, not ever.")]
    requests = [
        Request(str(n), (Turn("system", "left out"), Turn("user", one), Turn("user", other)))
        for n, (one, other) in enumerate(pairs)
    ]
    on = served(folder)
    scored = [Request(one.key, one.turns, options=tuple(LABELS.values())) for one in requests]
    for pair, reply, score in zip(pairs, answered(on, requests), answered(on, scored), strict=True):
        with torch.inference_mode():
            wanted = model(**tokenizer(*pair, return_tensors="pt")).logits[0].log_softmax(-1)
        assert reply.text == LABELS[int(wanted.argmax())] == score.text
        assert reply.finish == "stop" and score.finish == "scored"
        np.testing.assert_allclose(score.option_scores, wanted, atol=1e-4)
    assert len({reply.text for reply in answered(on, requests)}) > 1


def test_a_classifier_says_which_labels_it_has(served: Served, tiny_model_at: Callable[[str], Path]) -> None:
    on = served(tiny_model_at("classifier"))
    (reply,) = answered(on, asked(["x"], options=("Entailment", "harmless")))
    assert reply.failure and reply.failure.code == "unknown_label"
    assert "entailment, neutral, contradiction" in reply.failure.message


def test_a_model_that_sees_answers_to_images_and_to_text(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    import transformers

    folder = tiny_model_at("vision")
    model, _ = reference(folder, "AutoModelForImageTextToText")
    processor = transformers.AutoProcessor.from_pretrained(folder)
    shown = {"red": (png("red"),), "both": (png("red"), png("blue")), "none": ()}
    requests = [
        Request(name, (Turn("user", "What is seen?", images),), SHORT) for name, images in shown.items()
    ]
    replies = dict(zip(shown, answered(served(folder), requests), strict=True))
    for name, images in shown.items():
        content = [*({"type": "image"} for _ in images), {"type": "text", "text": "What is seen?"}]
        text = processor.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True
        )
        opened = [Image.open(io.BytesIO(image)).convert("RGB") for image in images]
        inputs = processor(text=[text], images=opened or None, return_tensors="pt", add_special_tokens=False)
        alone = model.generate(**inputs, max_new_tokens=12, do_sample=False)[
            0, inputs["input_ids"].shape[1] :
        ]
        assert replies[name].text == processor.decode(alone, skip_special_tokens=True)
        assert replies[name].tokens_in == inputs["input_ids"].shape[1]


@pytest.mark.parametrize(
    ("kind", "image", "code"),
    [("vision", b"GIF89a nothing", "bad_image"), ("chat", png("red"), "no_images")],
)
def test_an_image_that_cannot_be_shown_fails_alone(
    served: Served, tiny_model_at: Callable[[str], Path], kind: str, image: bytes, code: str
) -> None:
    requests = [*asked(["What?"], SHORT), Request("bad", (Turn("user", "What?", (image,)),), SHORT)]
    good, bad = answered(served(tiny_model_at(kind)), requests)
    assert good.failure is None and good.tokens_out == 12
    assert bad.failure and bad.failure.code == code


def test_the_receipt_names_every_file_by_its_hash(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    folder = tiny_model_at("chat")
    about = served(folder).about()
    assert {"model.safetensors", "config.json", "tokenizer.json"} <= set(about.weights)
    assert "README.md" not in about.weights
    for name, digest in about.weights.items():
        assert digest == hashlib.sha256((folder / name).read_bytes()).hexdigest()
    template = (folder / "chat_template.jinja").read_text(encoding="utf-8")
    assert about.template_sha == hashlib.sha256(template.encode()).hexdigest()
    assert about.window == 2048 and about.takes_system and about.scores_options
    assert set(about.versions) >= {"torch", "transformers", "tokenizers"}


def test_weights_that_lack_a_part_are_not_served_as_noise(
    served: Served, own_copy: Callable[[str], Path]
) -> None:
    from safetensors.torch import load_file, save_file

    folder = own_copy("classifier")
    weights = load_file(folder / "model.safetensors")
    head = {name: tensor for name, tensor in weights.items() if not name.startswith("classifier")}
    save_file(head, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ServingError, match="lack 2 weights of a sequence classifier"):
        served(folder)
