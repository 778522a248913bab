"""What weight files hold, from their headers alone: parameters by type, checked against the files' sizes.

The format: eight bytes (little endian) give the length of a JSON header that names each tensor's type, shape
and place; the tensors follow and fill the rest (https://github.com/huggingface/safetensors).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from workers.backends.protocol import ServingError
from workers.backends.weights.files import plain_name, read_json

INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"
HEADER_AT_MOST = 100 * 10**6  # as the reference reader has it
BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8,
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
    "U16": 16, "I16": 16, "F16": 16, "BF16": 16, "U32": 32, "I32": 32, "F32": 32,
    "U64": 64, "I64": 64, "F64": 64, "C64": 64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weights:
    files: tuple[Path, ...]
    size: int  # bytes of all files
    parameters: Mapping[str, int]  # type as the format calls it → parameters

    @property
    def count(self) -> int:
        return sum(self.parameters.values())


class Tensor(msgspec.Struct):
    dtype: str
    shape: list[int]
    data_offsets: tuple[int, int]


def read_weights(files: Mapping[str, Path]) -> Weights:
    """The weights of a folder whose files were looked through; ServingError where they are not sound."""
    chosen = _chosen(files)
    parameters: Counter[str] = Counter()
    for path in chosen:
        parameters += _parameters(path)
    return Weights(chosen, sum(path.stat().st_size for path in chosen), parameters)


def _chosen(files: Mapping[str, Path]) -> tuple[Path, ...]:
    if INDEX in files:
        return _of_index(files)
    if SINGLE in files:
        return (files[SINGLE],)
    raise ServingError(
        "no_weights",
        f"There is neither {SINGLE} nor {INDEX} in the folder. Save the model with "
        "save_pretrained(safe_serialization=True) and name that folder.",
    )


def _of_index(files: Mapping[str, Path]) -> tuple[Path, ...]:
    places = read_json(files[INDEX]).get("weight_map")
    if not isinstance(places, dict) or not places:
        raise ServingError("bad_index", f"{INDEX} has no weight_map. Copy it anew.")
    names = sorted({plain_name(name) for name in places.values()})
    missing = [name for name in names if name not in files]
    if missing:
        raise ServingError(
            "missing_weights",
            f"{len(missing)} of {len(names)} weight files are missing ({missing[0]}). Copy them.",
        )
    return tuple(files[name] for name in names)


def _parameters(path: Path) -> Counter[str]:
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(HEADER_AT_MOST, size - 8):
            raise _unsound(path, f"its header claims {length:,} bytes, the file has {size:,}")
        header = file.read(length)
    return _counted(path, header, size - 8 - length)


def _counted(path: Path, header: bytes, room: int) -> Counter[str]:
    try:
        tensors = msgspec.json.decode(header, type=dict[str, msgspec.Raw])
        tensors.pop("__metadata__", None)
        found = [msgspec.json.decode(tensor, type=Tensor) for tensor in tensors.values()]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _unsound(path, "its header is not the JSON the format asks for") from None
    counts: Counter[str] = Counter()
    end = 0
    for tensor in sorted(found, key=lambda tensor: tensor.data_offsets):
        counts[tensor.dtype] += _elements(path, tensor, end)
        end = tensor.data_offsets[1]
    if end != room:
        raise _unsound(path, f"its tensors fill {end:,} bytes of {room:,}")
    return counts


def _elements(path: Path, tensor: Tensor, start: int) -> int:
    """Elements of a tensor that begins where the one before ended and has the size its shape asks for."""
    if tensor.dtype not in BITS or any(side < 0 for side in tensor.shape):
        raise _unsound(path, f"a tensor has type {tensor.dtype[:20]!r} and shape {str(tensor.shape)[:40]}")
    elements = math.prod(tensor.shape)
    begin, end = tensor.data_offsets
    if begin != start or (end - begin) * 8 != elements * BITS[tensor.dtype]:
        raise _unsound(
            path, f"a tensor of {elements:,} elements is said to lie at bytes {begin:,} to {end:,}"
        )
    return elements


def _unsound(path: Path, why: str) -> ServingError:
    return ServingError(
        "bad_weights",
        f"{path.name} is not a sound safetensors file: {why}. Copy it anew, or save the model again.",
    )
