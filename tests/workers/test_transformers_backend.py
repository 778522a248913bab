"""Models of every kind answer as the library itself would have them answer one by one, in any batch."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from PIL import Image

from evaluation.domain.asking import Decoding, ModelSpec, Reply, Request, Turn
from tests.workers.tiny_models import LABELS, change_json
from workers.backends.protocol import Backend, ServingError, backend

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = [f"Which drug is {'very ' * n}right for patient {n}?" for n in range(9)]
SHORT = Decoding(max_new_tokens=12)

Served = Callable[..., Backend]


@pytest.fixture
def served(engines: None) -> Iterator[Served]:
    """Serve the model in a folder; it is closed when the test ends."""
    opened: list[Backend] = []

    def serve(folder: Path, **options: Any) -> Backend:
        spec = ModelSpec("transformers", str(folder), options=options)
        opened.append(backend("transformers").serve(spec, lambda _: None))
        return opened[-1]

    yield serve
    for one in opened:
        one.close()


@pytest.fixture
def own_copy(tmp_path: Path, tiny_model_at: Callable[[str], Path]) -> Callable[[str], Path]:
    """A copy of a tiny model that a test may change."""
    return lambda kind: Path(shutil.copytree(tiny_model_at(kind), tmp_path / kind))


def asked(texts: Sequence[str], decoding: Decoding = SHORT, **more: Any) -> list[Request]:
    return [Request(str(n), (Turn("user", text),), decoding, **more) for n, text in enumerate(texts)]


def answered(model: Backend, requests: Sequence[Request]) -> list[Reply]:
    """Replies in the order of the requests: exactly one of each."""
    replies = {reply.key: reply for reply in model.replies(requests, Event())}
    assert set(replies) == {request.key for request in requests}
    return [replies[request.key] for request in requests]


def reference(folder: Path, auto: str) -> tuple[Any, Any]:
    import transformers

    model = getattr(transformers, auto).from_pretrained(folder).eval()
    return model, transformers.AutoTokenizer.from_pretrained(folder)


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


def test_a_stop_ends_the_work_between_two_layers(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    on: Any = served(tiny_model_at("chat"))
    stop, passes = Event(), [0]

    def count(*_: Any) -> None:
        passes[0] += 1
        if passes[0] == 5:
            stop.set()

    on._loaded.model.register_forward_pre_hook(count)
    assert list(on.replies(asked(QUESTIONS, Decoding(500)), stop)) == []
    assert passes[0] == 5
    assert len(answered(on, asked(QUESTIONS))) == len(QUESTIONS), "and it answers again when asked again"


def test_a_stop_between_batches_keeps_what_was_answered(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    on, stop = served(tiny_model_at("chat"), batch_rows=2), Event()
    replies = on.replies(asked(QUESTIONS), stop)
    first = [next(replies), next(replies)]
    stop.set()
    assert list(replies) == []
    assert all(reply.tokens_out == 12 for reply in first)


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


OUT_OF_MEMORY = """
import json, resource, sys
from threading import Event
from evaluation.domain.asking import Decoding, ModelSpec, Request, Turn
from workers.backends.protocol import backend

options = {"batch_rows": 10_000, "batch_tokens": 10**9, "threads": 1}
on = backend("transformers").serve(ModelSpec("transformers", sys.argv[1], options=options), lambda _: None)
list(on.replies([Request("warm", (Turn("user", "x"),), Decoding(2))], Event()))
held = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmSize")) * 1024
resource.setrlimit(resource.RLIMIT_AS, (held + int(sys.argv[2]), resource.RLIM_INFINITY))
texts = [f"{n} " + "very " * 600 for n in range(int(sys.argv[3]))]
requests = [Request(text[:9], (Turn("user", text),), Decoding(2)) for text in texts]
replies = list(on.replies(requests, Event()))
failed = [reply.failure.code for reply in replies if reply.failure]
print(json.dumps({"answered": len(replies) - len(failed), "failed": failed, "room": on._room.tokens}))
"""


def run_in_little_memory(folder: Path, more_bytes: int, requests: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", OUT_OF_MEMORY, str(folder), str(more_bytes), str(requests)],
        cwd=ROOT, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as Linux does it")
def test_batches_are_halved_until_they_fit_into_memory(tiny_model_at: Callable[[str], Path]) -> None:
    found = run_in_little_memory(tiny_model_at("chat"), 120 * 2**20, 64)
    assert found["answered"] == 64 and found["failed"] == []
    assert found["room"] < 10**9, "memory did run out on the way"


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as Linux does it")
def test_what_does_not_fit_even_alone_fails_in_words(tiny_model_at: Callable[[str], Path]) -> None:
    found = run_in_little_memory(tiny_model_at("chat"), 0, 2)
    assert found["failed"] == ["out_of_memory"] * 2
