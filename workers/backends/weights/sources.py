"""Where a model lies: a folder of this machine, or a commit of a model hub, fetched into the local cache."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.domain.asking import ModelSpec
from workers.backends.protocol import ServingError
from workers.backends.weights.files import MB, at_most, is_read, look_through

COMMIT = re.compile(r"[0-9a-f]{40}")
HUB_ID = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?", re.ASCII)

_GATED = "is for people who accepted its terms. Accept them, and have HF_TOKEN set for the worker."
_NOT_FOUND = "was not found. Check the spelling; a private model needs HF_TOKEN on the worker."
_UNREACHABLE = "could not be fetched: the hub does not answer. Try again later, or give a local folder."


@dataclass(frozen=True, slots=True)
class Source:
    """A model's files; `weight_bytes` and `parameters` are what a hub says of weights not fetched yet."""

    folder: Path
    files: Mapping[str, Path]
    revision: str  # the commit; empty for a folder of this machine
    weight_bytes: int | None = None
    parameters: int | None = None


def find(spec: ModelSpec, with_weights: bool, log: Callable[[str], None]) -> Source:
    """The files of the model, looked through; without weights only the small ones are fetched from a hub."""
    if is_path(spec.model):
        return _in_folder(Path(spec.model).expanduser())
    if not HUB_ID.fullmatch(spec.model):
        raise ServingError(
            "bad_model",
            f"{spec.model[:80]!r} is neither a folder of this machine nor a model id such as "
            "organisation/model.",
        )
    try:
        return _of_hub(spec, with_weights, log)
    except ServingError:
        raise
    except Exception as error:
        raise _refused_by_hub(spec, error) from None


def is_path(model: str) -> bool:
    return model.startswith((".", "/", "~"))


def _in_folder(folder: Path) -> Source:
    if not folder.is_dir():
        raise ServingError("no_folder", f"There is no folder {folder} on this machine. Check the path.")
    folder = folder.resolve()
    return Source(folder, look_through(folder, root=folder), revision="")


def _of_hub(spec: ModelSpec, with_weights: bool, log: Callable[[str], None]) -> Source:
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return _of_cache(spec)
    from huggingface_hub import HfApi, snapshot_download

    found = HfApi().model_info(spec.model, revision=spec.revision or "main", files_metadata=True)
    sizes = {file.rfilename: file.size or 0 for file in found.siblings or [] if "/" not in file.rfilename}
    wanted = [name for name in sizes if is_read(name)]
    _refuse_what_is_no_model(spec, sizes, wanted)
    weights = [name for name in wanted if name.endswith(".safetensors")]
    if with_weights:
        log(f"Fetching {spec.model} at {found.sha}: {sum(sizes[name] for name in weights) / MB:,.0f} MB")
    else:
        wanted = [name for name in wanted if name not in weights]
    folder = Path(snapshot_download(spec.model, revision=found.sha, allow_patterns=wanted))
    count = found.safetensors.total if found.safetensors else None
    files = look_through(folder, folder.parents[1], pickles_allowed=True)
    return Source(folder, files, str(found.sha), sum(sizes[name] for name in weights), count)


def _of_cache(spec: ModelSpec) -> Source:
    """Without a network only a commit that was fetched before can be served: a branch may have moved."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    if not COMMIT.fullmatch(spec.revision):
        raise ServingError(
            "offline",
            f"This machine is offline (HF_HUB_OFFLINE), so it cannot be told which commit "
            f"{spec.revision or 'main'!r} of {spec.model} is. Give the full 40-character commit of a "
            "model that was "
            "fetched before, or the path of a local folder.",
        )
    folder = Path(constants.HF_HUB_CACHE, repo_folder_name(repo_id=spec.model, repo_type="model"))
    folder = folder / "snapshots" / spec.revision
    if not folder.is_dir():
        raise ServingError(
            "offline",
            f"This machine is offline (HF_HUB_OFFLINE) and {spec.model} at {spec.revision[:12]} "
            "was never fetched. Copy the model here and give the folder's path.",
        )
    return Source(folder, look_through(folder, folder.parents[1], pickles_allowed=True), spec.revision)


def _refuse_what_is_no_model(spec: ModelSpec, sizes: Mapping[str, int], wanted: list[str]) -> None:
    big = [n for n in wanted if not n.endswith(".safetensors") and sizes[n] > at_most(n)]
    if big:
        raise ServingError(
            "file_too_big", f"{big[0]} of {spec.model} has {sizes[big[0]] / MB:,.0f} MB and is not fetched."
        )
    if not any(name.endswith(".safetensors") for name in wanted):
        raise ServingError(
            "only_pickles",
            f"{spec.model} has no *.safetensors file, and weights of other kinds can run code when "
            "opened. Ask its "
            "authors for safetensors, or convert it where you trust it and give the folder's path.",
        )


def _refused_by_hub(spec: ModelSpec, error: Exception) -> ServingError:
    from huggingface_hub import errors

    what = f"{spec.model} at {spec.revision or 'main'}"
    known: tuple[tuple[Any, str, str], ...] = (
        (errors.GatedRepoError, "gated", _GATED),
        (errors.RevisionNotFoundError, "no_revision", "has no such revision. Copy the commit from its page."),
        (errors.RepositoryNotFoundError, "no_model", _NOT_FOUND),
    )
    for kind, code, text in known:
        if isinstance(error, kind):
            return ServingError(code, f"{what} {text}")
    return ServingError("hub_unreachable", f"{what} {_UNREACHABLE} ({type(error).__name__})")
