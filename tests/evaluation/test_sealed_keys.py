"""Keys of endpoints at rest: only the secrets of the environment open them."""

from __future__ import annotations

from typing import Any

import pytest

from evaluation.services.sealed_keys import LostSecretError, seal, unseal

KEY = "sk-a-key-nobody-may-see-ü"


def test_a_key_comes_back_as_it_was_and_is_not_in_what_is_stored() -> None:
    sealed = seal(KEY)
    assert unseal(sealed) == KEY
    assert KEY.encode() not in sealed


def test_the_same_key_is_sealed_differently_each_time() -> None:
    assert seal(KEY) != seal(KEY)


def test_without_secrets_of_its_own_the_platform_uses_its_secret_key(settings: Any) -> None:
    assert settings.ENDPOINT_KEY_SECRETS == [settings.SECRET_KEY]


def test_what_an_old_secret_sealed_opens_as_long_as_that_secret_is_listed(settings: Any) -> None:
    settings.ENDPOINT_KEY_SECRETS = ["old"]
    sealed = seal(KEY)
    settings.ENDPOINT_KEY_SECRETS = ["new", "old"]
    assert unseal(sealed) == KEY


def test_the_newest_secret_seals_so_that_the_old_one_can_go(settings: Any) -> None:
    settings.ENDPOINT_KEY_SECRETS = ["new", "old"]
    sealed = seal(KEY)
    settings.ENDPOINT_KEY_SECRETS = ["new"]
    assert unseal(sealed) == KEY


def test_a_key_under_a_lost_secret_is_asked_for_again(settings: Any) -> None:
    settings.ENDPOINT_KEY_SECRETS = ["lost"]
    sealed = seal(KEY)
    settings.ENDPOINT_KEY_SECRETS = ["another"]
    with pytest.raises(LostSecretError, match="Enter the key again") as lost:
        unseal(sealed)
    assert KEY not in str(lost.value)


@pytest.mark.parametrize("place", [0, 20, -1])
def test_what_was_altered_does_not_open(place: int) -> None:
    sealed = bytearray(seal(KEY))
    sealed[place] ^= 1
    with pytest.raises(LostSecretError):
        unseal(bytes(sealed))
