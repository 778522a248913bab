"""A model's folder, looked at without trusting it: which files it has, and that reading them harms nobody.

Only plain files that lie inside the folder are opened, JSON only up to a size, weights only as safetensors.
Everything that fails is a ServingError whose text says what to do.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from workers.backends.protocol import ServingError

MB = 2**20
FILES_AT_MOST = 5_000
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".npy", ".npz")
JSON_AT_MOST = 16 * MB
VOCABULARIES = {"tokenizer.json": 64 * MB, "vocab.json": 64 * MB, "tekken.json": 64 * MB}
OTHER_AT_MOST = 64 * MB  # a merges.txt, a sentencepiece model, a model card
READ_SUFFIXES = (".json", ".safetensors", ".model", ".txt", ".jinja", ".tiktoken", ".md")
CODE_KEYS = ("auto_map", "custom_pipelines")
ATTENTION_KEYS = ("attn_implementation", "_attn_implementation")


def look_through(folder: Path, root: Path, pickles_allowed: bool = False) -> dict[str, Path]:
    """Name → path of the top-level files a model may be read from; `root` is what links may not leave.

    Pickles are never among them. In a hub's cache other programs may have left some.
    """
    _refuse_ways_out(folder, root.resolve())
    files = {path.name: path for path in sorted(folder.iterdir()) if path.is_file()}
    if "config.json" not in files:
        raise ServingError(
            "no_config",
            f"{folder.name} has no config.json. Name the folder that save_pretrained wrote, with "
            "config.json, "
            "the tokenizer's files and *.safetensors in it.",
        )
    if not pickles_allowed:
        _refuse_pickles(files)
    if "adapter_config.json" in files:
        raise ServingError(
            "adapter",
            "The folder holds an adapter, not a model. Merge it into its base model first "
            "(merge_and_unload in "
            "peft), save that with save_pretrained and name the new folder.",
        )
    _refuse_big_files(files)
    for name, path in files.items():
        if name.endswith(".json"):
            _refuse_code(name, _parsed(path))
    return {name: path for name, path in files.items() if is_read(name)}


def is_read(name: str) -> bool:
    """Whether a file of this name has a part in what a model answers, or says whose it is."""
    return name.endswith(READ_SUFFIXES) or name.upper().startswith(("LICENSE", "LICENCE"))


def is_loaded(name: str) -> bool:
    """Whether it is more than a word about the model."""
    return is_read(name) and not name.endswith(".md") and not name.upper().startswith(("LICENSE", "LICENCE"))


def at_most(name: str) -> int:
    """Bytes a file of this name may have; weights have no limit here, memory decides."""
    return VOCABULARIES.get(name, JSON_AT_MOST if name.endswith(".json") else OTHER_AT_MOST)


def read_json(path: Path) -> Mapping[str, Any]:
    """One JSON object, of bounded size and depth; vocabularies come back unread."""
    found = _parsed(path)
    if not isinstance(found, dict):
        raise ServingError("bad_json", f"{path.name} must hold one JSON object. Copy it anew.")
    return found


def plain_name(name: object) -> str:
    """A weight file's name as an index gives it: inside the folder, or refused."""
    if isinstance(name, str) and name.endswith(".safetensors") and name == os.path.basename(name):  # noqa: PTH119
        return name
    raise ServingError(
        "path_outside",
        f"The index of the weights names {str(name)[:80]!r}, which is no *.safetensors file of this folder. "
        "Save the model anew with save_pretrained(safe_serialization=True).",
    )


def _parsed(path: Path) -> Any:
    size = path.stat().st_size
    if size > at_most(path.name):
        raise _too_big(path.name, size)
    try:
        with path.open("rb") as file:
            data = file.read(size)
        if path.name in VOCABULARIES:
            return msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        return json.loads(data)
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise ServingError(
            "bad_json",
            f"{path.name} is not a JSON file that can be read ({_first_line(error)}). Copy it anew.",
        ) from None


def _refuse_ways_out(folder: Path, root: Path) -> None:
    """Links that leave the root, and things that are neither file nor folder (a pipe blocks its reader)."""
    for count, path in enumerate(_everything(folder)):
        if count >= FILES_AT_MOST:
            raise ServingError(
                "too_many_files",
                f"{folder.name} holds more than {FILES_AT_MOST:,} files. Name the folder of one model.",
            )
        try:
            target = path.resolve(strict=True)
            mode = target.stat().st_mode
        except (OSError, RuntimeError):
            raise ServingError(
                "broken_link", f"{path.name} is a link to nothing. Put the file itself there."
            ) from None
        if not target.is_relative_to(root):
            raise ServingError(
                "link_outside", f"{path.name} is a link that leaves the folder. Put the file itself there."
            )
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise ServingError("not_a_file", f"{path.name} is not a plain file. Remove it.")


def _everything(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):  # links to folders are listed, not followed
        yield from (Path(parent) / name for name in (*folders, *files))


def _refuse_pickles(files: Mapping[str, Path]) -> None:
    pickles = [name for name in files if name.lower().endswith(PICKLES)]
    if not pickles:
        return
    named = ", ".join(pickles[:3]) + (" …" if len(pickles) > 3 else "")
    if any(name.endswith(".safetensors") for name in files):
        raise ServingError(
            "pickles",
            f"Beside the safetensors lies {named}: such files can run code when opened and are never read. "
            "Remove them from the folder.",
        )
    raise ServingError(
        "only_pickles",
        f"The weights are there only as {named}, which can run code when opened. Load them where you trust "
        "them, save with save_pretrained(safe_serialization=True) and name the new folder.",
    )


def _refuse_big_files(files: Mapping[str, Path]) -> None:
    for name, path in files.items():
        size = path.stat().st_size
        if is_read(name) and not name.endswith(".safetensors") and size > at_most(name):
            raise _too_big(name, size)


def _too_big(name: str, size: int) -> ServingError:
    return ServingError(
        "file_too_big",
        f"{name} has {size / MB:,.0f} MB; {at_most(name) / MB:,.0f} MB is the most a file of that kind "
        "may have. "
        "It is not what its name says: copy it anew.",
    )


def _refuse_code(name: str, content: Any) -> None:
    """Files may ask for code of their own, or for an attention kernel to be fetched and run."""
    if not isinstance(content, dict):
        return
    parts = [content, *(value for value in content.values() if isinstance(value, dict))]
    for part in parts:
        asked = next((key for key in CODE_KEYS if part.get(key)), None)
        kernel = any("/" in str(part.get(key) or "") for key in ATTENTION_KEYS)
        if asked or kernel:
            raise ServingError(
                "remote_code",
                f"{name} asks for code that comes with the model ({asked or 'attention kernel'}); such "
                "code is never "
                "run. Use a version of the model for an architecture that transformers itself knows, or "
                "serve "
                "it on a machine of yours and submit its OpenAI-compatible endpoint.",
            )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
