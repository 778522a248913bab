"""Receipts leave the site signed: they verify by the published keys, and a changed byte does not."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import SigningKey
from consilium.backing_services import signing_key
from evaluation.models import Receipt
from evaluation.services import receipts
from tests.leaderboard.published_runs import answers, load, submitter

pytestmark = pytest.mark.django_db

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "verify_receipt.py"
KEYS = "/.well-known/consilium-keys.json"


@pytest.fixture
def receipt(lab: Any, db: None, tmp_path: Path) -> Receipt:
    submission = submitter(lab, load(tmp_path / "deep"))("Alpha", answers())
    return receipts.issue(submission.run)


@pytest.fixture
def downloads(receipt: Receipt, lab: Any, client: Client) -> dict[str, bytes]:
    """Every way to a receipt as a file."""
    client.force_login(lab)
    places = {
        "owner": reverse("evaluation:receipt", args=[receipt.run.submission_id]) + "?as=json",
        "public": reverse("leaderboard:receipt_json", args=[receipt.sha256]),
        "api": reverse("api-receipt", args=[receipt.sha256]),
    }
    return {name: client.get(place).content for name, place in places.items()}


@pytest.fixture
def example() -> Any:
    spec = importlib.util.spec_from_file_location("verify_receipt", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def command(tmp_path: Path, content: bytes) -> str:
    file = tmp_path / "receipt.json"
    file.write_bytes(content)
    out = io.StringIO()
    call_command("verify_receipt", str(file), stdout=out)
    return out.getvalue()


def test_every_downloaded_receipt_verifies_by_the_published_keys(
    downloads: dict[str, bytes], client: Client, example: Any, tmp_path: Path
) -> None:
    keys = client.get(KEYS).json()
    for name, content in downloads.items():
        document = json.loads(content)
        assert example.verify(document, keys) == document["signature"]["key"], name
        assert "not a byte was changed" in command(tmp_path, content)
    (tmp_path / "keys.json").write_bytes(client.get(KEYS).content)
    example.main(str(tmp_path / "receipt.json"), str(tmp_path / "keys.json"))


def changed_places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where a value stands, all through a document."""
    if isinstance(document, dict):
        return [place for key, value in document.items() for place in changed_places(value, (*path, key))]
    if isinstance(document, list):
        return [place for at, value in enumerate(document) for place in changed_places(value, (*path, at))]
    return [path]


def otherwise(value: Any) -> Any:
    if isinstance(value, str):
        return f"{value[:-1]}{'A' if value[-1:] != 'A' else 'B'}"
    return 1 if value is None else value + 1


def test_whatever_is_changed_no_longer_verifies(
    downloads: dict[str, bytes], client: Client, example: Any, tmp_path: Path
) -> None:
    keys, original = client.get(KEYS).json(), json.loads(downloads["public"])
    places = changed_places({name: value for name, value in original.items() if name != "signature"})
    assert len(places) > 30
    for place in places:
        document = json.loads(downloads["public"])
        at = document
        for step in place[:-1]:
            at = at[step]
        at[place[-1]] = otherwise(at[place[-1]])
        with pytest.raises(InvalidSignature):
            example.verify(document, keys)
        with pytest.raises(CommandError, match="was changed after it was signed"):
            command(tmp_path, json.dumps(document).encode())


def test_a_flipped_bit_of_the_file_no_longer_verifies(downloads: dict[str, bytes], tmp_path: Path) -> None:
    content = downloads["owner"]
    signature = json.loads(content)["signature"]["value"].encode()
    start = content.index(signature)
    refused = 0
    for at in range(start, start + len(signature) - 3, 7):
        flipped = bytes([*content[:at], content[at] ^ 1, *content[at + 1 :]])
        with pytest.raises(CommandError):
            command(tmp_path, flipped)
        refused += 1
    assert refused > 5


def test_a_receipt_verifies_after_the_key_was_replaced(
    downloads: dict[str, bytes], settings: Any, client: Client, example: Any, tmp_path: Path
) -> None:
    first = client.get(KEYS).json()["keys"]
    settings.SIGNING_KEY = base64.b64encode(secrets.token_bytes(32)).decode()
    keys = client.get(KEYS).json()
    assert [key["signs"] for key in keys["keys"]] == [False, True]
    assert keys["keys"][0]["key"] == first[0]["key"]
    assert example.verify(json.loads(downloads["owner"]), keys) == first[0]["key"]
    assert "not a byte was changed" in command(tmp_path, downloads["owner"])


def test_a_key_of_somebody_else_vouches_for_nothing(
    downloads: dict[str, bytes], client: Client, example: Any, tmp_path: Path
) -> None:
    SigningKey.objects.all().delete()
    document = json.loads(downloads["owner"])
    document["signature"]["key"] = "0" * 16
    with pytest.raises(KeyError):
        example.verify(document, client.get(KEYS).json())
    with pytest.raises(CommandError, match="none of this site's"):
        command(tmp_path, json.dumps(document).encode())


def test_what_was_changed_in_the_database_is_not_signed(receipt: Receipt, lab: Any, client: Client) -> None:
    Receipt.objects.filter(pk=receipt.pk).update(manifest={**receipt.manifest, "system": "Better"})
    client.force_login(lab)
    place = reverse("evaluation:receipt", args=[receipt.run.submission_id])
    assert client.get(f"{place}?as=json").status_code == 404
    assert client.get(reverse("leaderboard:receipt_json", args=[receipt.sha256])).status_code == 404
    assert client.get(reverse("api-receipt", args=[receipt.sha256])).status_code == 404


def test_pages_say_who_signed_and_how_to_verify(receipt: Receipt, lab: Any, client: Client) -> None:
    client.force_login(lab)
    key = client.get(KEYS).json()["keys"][0]["key"]
    for place in (
        reverse("evaluation:receipt", args=[receipt.run.submission_id]),
        reverse("leaderboard:receipt", args=[receipt.sha256]),
    ):
        page = client.get(place).content.decode()
        assert key in page
        assert KEYS in page
        assert "verify_receipt.py" in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no JSON"),
        (b"[1]", "but no receipt"),
        (b"{}", "has no signature"),
        (b"[" * 100_000, "no JSON"),
    ],
)
def test_what_is_no_receipt_is_refused_in_words(content: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=said):
        command(tmp_path, content)


@pytest.fixture
def with_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], str]:
    def made(given: str) -> str:
        monkeypatch.setenv("SIGNING_KEY", given)
        return signing_key(tmp_path)

    return made


def test_the_key_is_made_once_and_readable_by_its_owner_alone(with_key: Any, tmp_path: Path) -> None:
    assert with_key("") == with_key("")
    assert (tmp_path / "signing_key").stat().st_mode & 0o077 == 0
    assert len(base64.b64decode(with_key(""))) == 32


@pytest.mark.parametrize("given", ["short", "AAAA", "ß" * 44])
def test_a_key_that_is_none_is_refused_with_the_remedy(with_key: Any, given: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="openssl rand -base64 32"):
        with_key(given)
