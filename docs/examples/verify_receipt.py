"""Is a receipt as the site issued it? Needs Python and its package `cryptography`, and nothing of Consilium.

    python docs/examples/verify_receipt.py receipt.json https://board.example

The keys may also be a file: save /.well-known/consilium-keys.json once, from a site you trust, and keep it.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def verify(receipt: dict[str, Any], keys: dict[str, Any]) -> str:
    """The key that signed; raises InvalidSignature where a byte was changed, KeyError where the key is unknown."""
    signature = receipt["signature"]
    public = {each["key"]: each["public"] for each in keys["keys"]}[signature["key"]]
    plain = {name: value for name, value in receipt.items() if name != "signature"}
    signed = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public))
    key.verify(base64.b64decode(signature["value"]), signed)
    return str(signature["key"])


def read_keys(place: str) -> dict[str, Any]:
    if not place.startswith(("http://", "https://")):
        return dict(json.loads(Path(place).read_bytes()))
    address = f"{place.rstrip('/')}/.well-known/consilium-keys.json"
    with urlopen(address, timeout=30) as answer:  # noqa: S310 - the reader's own site
        return dict(json.load(answer))


def main(file: str, place: str) -> None:
    try:
        name = verify(json.loads(Path(file).read_bytes()), read_keys(place))
    except (InvalidSignature, KeyError):
        sys.exit("Not verified: the receipt was changed, or another site signed it.")
    print(f"Signed by key {name}; not a byte was changed since.")


if __name__ == "__main__":
    main(*sys.argv[1:3])
