"""What passes for a model: weights whose header lies, settings that name code, and vocabularies that are bombs.

A model folder is made of the file and, where it is not the settings itself, of settings that are sound.
"""

from __future__ import annotations

import json
import struct
from typing import Any

from tests.hostile.making import FOLDER, Hostile

W, S, T = "model.safetensors", "config.json", "tokenizer.json"
KEPT = (FOLDER,)


def weights(header: dict[str, Any] | bytes, content: bytes = b"", claimed: int | None = None) -> bytes:
    written = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(written) if claimed is None else claimed) + written + content


def tensor(shape: list[Any], start: int, end: int, dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


RECIPES = [
    Hostile("weights as they should be", W, lambda: weights({"w": tensor([2], 0, 8)}, bytes(8)), KEPT),
    Hostile("weights whose header claims 2^63 bytes", W, lambda: weights({}, claimed=2**63)),
    Hostile("weights whose header claims 90 MB", W, lambda: weights({}, claimed=90_000_000)),
    Hostile("weights whose header is empty", W, lambda: weights(b"", claimed=0)),
    Hostile("weights of seven bytes", W, lambda: b"\x01" * 7),
    Hostile("weights whose header is no JSON", W, lambda: weights(b"{" * 100)),
    Hostile("weights whose header is deep", W, lambda: weights(b'{"w":' * 50_000)),
    Hostile("weights that overlap", W, lambda: weights({"a": tensor([2], 0, 8), "b": tensor([2], 4, 12)}, bytes(12))),
    Hostile("weights with a hole", W, lambda: weights({"a": tensor([2], 0, 8), "b": tensor([2], 12, 20)}, bytes(20))),
    Hostile("weights beyond their end", W, lambda: weights({"w": tensor([2000], 0, 8000)}, bytes(8))),
    Hostile("weights of a negative shape", W, lambda: weights({"w": tensor([-2], 0, 8)}, bytes(8))),
    Hostile("weights of a shape beyond 64 bits", W, lambda: weights({"w": tensor([2**40, 2**40, 2**40], 0, 8)}, bytes(8))),
    Hostile("weights of a shape of halves", W, lambda: weights({"w": tensor([0.5], 0, 8)}, bytes(8))),
    Hostile("weights of a type there is not", W, lambda: weights({"w": tensor([2], 0, 8, "PICKLE")}, bytes(8))),
    Hostile("weights with places that are text", W, lambda: weights({"w": {"dtype": "F32", "shape": [2], "data_offsets": "all"}}, bytes(8))),
    Hostile("weights with more after them", W, lambda: weights({"w": tensor([2], 0, 8)}, bytes(8) + b"MZ\x90 a program")),
    Hostile("a pickle called safetensors", W, lambda: b"\x80\x02cposix\nsystem\nq\x00X\x02\x00\x00\x00idq\x01\x85q\x02Rq\x03."),
    Hostile("a pickle of PyTorch", "pytorch_model.bin", lambda: b"PK\x03\x04" + b"\0" * 26 + b"archive/data.pkl"),
    Hostile("an index that climbs", "model.safetensors.index.json", lambda: json.dumps({"weight_map": {"w": "../../../etc/passwd"}}).encode()),
    Hostile("an index of no map", "model.safetensors.index.json", lambda: b'{"weight_map":[1,2]}'),
    Hostile("an index of files that are missing", "model.safetensors.index.json", lambda: json.dumps({"weight_map": {f"w{n}": f"{n}.safetensors" for n in range(2000)}}).encode()),
    Hostile("settings that name code", S, lambda: json.dumps({"architectures": ["A"], "auto_map": {"AutoModel": "evil--a.B"}}).encode()),
    Hostile("settings of a thousand million layers", S, lambda: json.dumps({"architectures": ["LlamaForCausalLM"], "num_hidden_layers": 10**9}).encode()),
    Hostile("settings that are deep", S, lambda: b'{"a":' * 100_000),
    Hostile("settings that are a list", S, lambda: b'["LlamaForCausalLM"]'),
    Hostile("settings that are no text", S, lambda: b"\xff\xfe{\0"),
    Hostile("settings of 17 MB", S, lambda: b'{"a":"' + b"x" * 17_000_000 + b'"}'),
    Hostile("settings of the tokenizer that name code", "tokenizer_config.json", lambda: json.dumps({"auto_map": {"AutoTokenizer": ["evil--t.T", None]}}).encode()),
    Hostile("a vocabulary that is deep", T, lambda: b"[" * 200_000),
    Hostile("a program beside the weights", "modeling_evil.py", lambda: b"import os\nos.system('id')\n", KEPT),
    Hostile("a link out of the folder", "link:vocab.txt", lambda: b"/etc/passwd"),
    Hostile("a folder that links to its own beginning", "link:again", lambda: b".", KEPT),
]  # fmt: skip
