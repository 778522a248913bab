"""A model is looked at before it is loaded, and a folder made to do harm does none."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluation.domain.asking import Finding, ModelSpec
from tests.workers.tiny_models import change_json
from workers.backends.protocol import ServingError, backend

Folder = Callable[[str], Path]


@pytest.fixture
def own_copy(tmp_path: Path, tiny_model_at: Folder) -> Folder:
    """A copy of a tiny model that a test may spoil."""
    return lambda kind: Path(shutil.copytree(tiny_model_at(kind), tmp_path / kind))


def found(model: Path | str, **options: Any) -> dict[str, Finding]:
    spec = ModelSpec("transformers", str(model), options=options)
    return {finding.name: finding for finding in backend("transformers").inspect(spec)}


def refused(model: Path | str, **options: Any) -> str:
    """What inspect says is wrong; serve refuses the same and for the same reason."""
    said = [finding.text for finding in found(model, **options).values() if finding.state == "failed"]
    assert said, "nothing was refused"
    spec = ModelSpec("transformers", str(model), options=options)
    with pytest.raises(ServingError) as refusal:
        backend("transformers").serve(spec, lambda _: None)
    assert refusal.value.message in said
    return said[0]


@pytest.mark.parametrize("kind", ["chat", "base", "encoder_decoder", "classifier", "vision"])
def test_every_kind_passes(tiny_model_at: Folder, kind: str) -> None:
    findings = found(tiny_model_at(kind))
    warned = {name for name, finding in findings.items() if finding.state != "ok"}
    assert warned == ({"chat template"} if kind == "base" else set())
    assert {"licence", "architecture", "tokenizer", "window", "weights", "memory"} <= set(findings)
    assert "cc0-1.0" in findings["licence"].text
    assert "GB are free on cpu" in findings["memory"].text


def test_the_size_is_read_from_the_headers(tiny_model_at: Folder) -> None:
    from safetensors import safe_open

    folder = tiny_model_at("chat")
    with safe_open(folder / "model.safetensors", "np") as file:
        count = sum(file.get_tensor(name).size for name in file.keys())  # noqa: SIM118
    assert f"{count / 1e6:,.1f} million parameters" in found(folder)["weights"].text


def test_a_model_in_several_files_is_read(own_copy: Folder) -> None:
    from transformers import AutoModelForCausalLM

    folder = own_copy("chat")
    whole = found(folder)["weights"].text
    model = AutoModelForCausalLM.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="200KB")
    assert len(list(folder.glob("model-*.safetensors"))) > 2
    assert found(folder)["weights"].text.split(" in ")[0] == whole.split(" in ")[0]


def test_what_memory_does_not_hold_is_said_with_numbers(own_copy: Folder) -> None:
    folder = own_copy("chat")
    change_json(folder / "config.json", max_position_embeddings=10**12)
    memory = found(folder)["memory"]
    assert memory.state == "failed"
    assert "need about" in memory.text and "bfloat16" in memory.text


def test_no_licence_is_a_warning(own_copy: Folder) -> None:
    folder = own_copy("chat")
    (folder / "README.md").unlink()
    assert found(folder)["licence"].state == "warning"
    (folder / "LICENSE").write_text("\n  Apache License\n  Version 2.0\n", encoding="utf-8")
    assert "Apache License (LICENSE)" in found(folder)["licence"].text


def test_labels_without_names_are_a_warning(own_copy: Folder) -> None:
    folder = own_copy("classifier")
    change_json(folder / "config.json", id2label={"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"})
    assert found(folder)["labels"].state == "warning"


def test_a_tokenizer_of_another_model_is_refused(own_copy: Folder) -> None:
    folder = own_copy("chat")
    change_json(folder / "config.json", vocab_size=40)
    tokenizer = found(folder)["tokenizer"]
    assert tokenizer.state == "failed" and "do not belong together" in tokenizer.text


def test_a_lower_window_is_taken_and_a_higher_refused(tiny_model_at: Folder) -> None:
    assert found(tiny_model_at("chat"), window=512)["window"].text.startswith("512 tokens")
    assert "has 2,048" in refused(tiny_model_at("chat"), window=4096)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"device": "cuda:0"}, "no GPU"),
        ({"device": "tpu"}, "no device 'tpu'"),
        ({"dtype": "int3"}, "choose one of float32"),
        ({"window": "many"}, "whole number"),
    ],
)
def test_options_that_cannot_be_followed_are_refused(
    tiny_model_at: Folder, options: dict[str, Any], said: str
) -> None:
    import torch

    if torch.cuda.is_available() and "GPU" in said:
        pytest.skip("this machine has a GPU")
    assert said in refused(tiny_model_at("chat"), **options)


class Bomb:
    """A pickle that leaves a mark when it is opened."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.mark,))


def write_weights(folder: Path, header: bytes, length: int | None = None, body: bytes = b"") -> None:
    size = (len(header) if length is None else length).to_bytes(8, "little")
    (folder / "model.safetensors").write_bytes(size + header + body)


def tensor(**changes: Any) -> bytes:
    return json.dumps({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} | changes}).encode()


def index(folder: Path, *names: str) -> None:
    (folder / "model.safetensors").unlink()
    places = {f"w{n}": name for n, name in enumerate(names)}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}), encoding="utf-8")


def link(path: Path, target: str) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def edit(name: str, **changes: Any) -> Callable[[Path], object]:
    return lambda folder: change_json(folder / name, **changes)


def text(name: str, content: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(content, encoding="utf-8")


HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "an index that climbs out": (lambda f: index(f, "../secret.safetensors"), "no *.safetensors file of this folder"),
    "an index with an absolute path": (lambda f: index(f, "/etc/passwd.safetensors"), "no *.safetensors file"),
    "an index that names a pickle": (lambda f: index(f, "weights.bin"), "no *.safetensors file of this folder"),
    "an index that names what is not there": (lambda f: index(f, "x.safetensors"), "1 of 1 weight files are missing"),
    "an index of numbers": (text("model.safetensors.index.json", '{"weight_map": [1]}'), "has no weight_map"),
    "weights that are a link out": (lambda f: link(f / "model.safetensors", "/etc/hostname"), "leaves the folder"),
    "a template that is a link out": (lambda f: link(f / "chat_template.jinja", "/etc/passwd"), "leaves the folder"),
    "a link to nothing": (lambda f: link(f / "notes.txt", "nowhere"), "a link to nothing"),
    "a link to itself": (lambda f: link(f / "loop", "loop"), "a link to nothing"),
    "a pipe": (lambda f: os.mkfifo(f / "vocab.txt"), "not a plain file"),
    "a header longer than the file": (lambda f: write_weights(f, b"{}", 2**63), "its header claims 9,223,372"),
    "a header of a gigabyte": (
        lambda f: (sparse(f / "model.safetensors", 2**31), (f / "model.safetensors").open("r+b").write(
            (2**30).to_bytes(8, "little"))), "its header claims 1,073,741,824"),
    "a file too short for a header": (lambda f: (f / "model.safetensors").write_bytes(b"abc"), "header claims"),
    "a header that is no JSON": (lambda f: write_weights(f, b"\x80\x04nonsense"), "not the JSON the format asks"),
    "a header nested without end": (lambda f: write_weights(f, b"[" * 10**6), "not the JSON the format asks"),
    "a tensor beyond the file": (
        lambda f: write_weights(f, tensor(shape=[2**40], data_offsets=[0, 2**42]), body=b"\0" * 8), "fill 4,398,046"),
    "a tensor larger than its place": (lambda f: write_weights(f, tensor(shape=[9]), body=b"\0" * 8), "9 elements"),
    "tensors with a hole": (
        lambda f: write_weights(f, tensor(data_offsets=[8, 16]), body=b"\0" * 16), "lie at bytes 8 to 16"),
    "a type nobody knows": (lambda f: write_weights(f, tensor(dtype="P8"), body=b"\0" * 8), "has type 'P8'"),
    "a negative shape": (lambda f: write_weights(f, tensor(shape=[-1, -2]), body=b"\0" * 8), "shape [-1, -2]"),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), "neither model.safetensors nor"),
    "a config nested without end": (text("config.json", "[" * 10**6), "not a JSON file that can be read"),
    "a config that is a list": (text("config.json", "[]"), "must hold one JSON object"),
    "a config of a hundred megabytes": (lambda f: sparse(f / "config.json", 10**8), "config.json has 95 MB"),
    "a tokenizer of ten gigabytes": (lambda f: sparse(f / "tokenizer.json", 10**10), "tokenizer.json has 9,537 MB"),
    "a number of a million digits": (text("generation_config.json", '{"a": %s}' % ("9" * 10**6)), "cannot|not a JSON"),
    "a billion layers": (edit("config.json", num_hidden_layers=10**9), "which no model has"),
    "a billion labels": (edit("config.json", num_labels=10**9), "which no model has"),
    "code of its own": (edit("config.json", auto_map={"AutoModel": "x.Y"}), "such code is never run"),
    "a tokenizer with code": (edit("tokenizer_config.json", auto_map={"AutoTokenizer": ["x.Y", None]}), "never run"),
    "a kernel from elsewhere": (edit("config.json", _attn_implementation="evil/kernel"), "such code is never run"),
    "an unknown architecture": (edit("config.json", architectures=["EvilForCausalLM"]), "vLLM or as an OpenAI"),
    "an architecture that is a list": (edit("config.json", architectures=[["x"]]), "names no architecture"),
    "quantised weights": (edit("config.json", quantization_config={"quant_method": "gptq"}), "quantised (gptq)"),
    "an adapter": (text("adapter_config.json", "{}"), "Merge it into its base model"),
    "no config": (lambda f: (f / "config.json").unlink(), "has no config.json"),
    "no tokenizer": (lambda f: [p.unlink() for p in f.glob("tokenizer*")], "tokenizer"),
    "a tokenizer that is none": (text("tokenizer.json", '{"model": 3}'), "The tokenizer cannot be loaded"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_folder_is_refused_in_words(own_copy: Folder, name: str) -> None:
    change, said = HOSTILE[name]
    folder = own_copy("chat")
    change(folder)
    message = refused(folder)
    assert any(part in message for part in said.split("|")), message


@pytest.mark.parametrize("beside", [True, False])
def test_a_pickle_is_refused_and_never_opened(own_copy: Folder, tmp_path: Path, beside: bool) -> None:
    folder, mark = own_copy("chat"), tmp_path / "opened"
    for name in ("pytorch_model.bin", "training_args.bin", "tokenizer.pkl"):
        (folder / name).write_bytes(pickle.dumps(Bomb(mark)))
    if not beside:
        (folder / "model.safetensors").unlink()
    message = refused(folder)
    assert ("Remove them" if beside else "safe_serialization=True") in message
    assert not mark.exists()


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("/nowhere/at/all", "no folder /nowhere/at/all"),
        ("../../etc/passwd", "no folder"),
        ("a model; rm -rf /", "neither a folder"),
        ("a/b/c", "neither a folder"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused(engines: None, model: str, said: str) -> None:
    assert said in refused(model)
