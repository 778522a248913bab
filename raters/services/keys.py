"""A rater's own keys on the rating screen."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from accounts.models import User
from raters.models import RatingKeys
from raters.services.refusals import RefusalError

MOST_KEYS = 200


def keys_of(rater: User) -> dict[str, Any]:
    """Whether single keys are off, whether a choice goes on to the next axis, and what was remapped."""
    own = RatingKeys.objects.filter(rater=rater).first() or RatingKeys()
    return {"off": own.off, "advance": own.advance, "keys": own.keys}


def keep(rater: User, settings: dict[str, Any]) -> dict[str, Any]:
    """Keep a rater's keys. RefusalError for two commands on one key within reach of each other is the
    browser's to avoid; here only the form is checked."""
    keys = settings.get("keys", {})
    if not isinstance(keys, dict) or len(keys) > MOST_KEYS:
        raise RefusalError(gettext("Keys are an object of command and key."))
    if not all(_is_named(name, 60) and _is_named(key, 30) for name, key in keys.items()):
        raise RefusalError(gettext("Each command has one key, written as its name of at most 30 characters."))
    kept = {"off": settings.get("off") is True, "advance": settings.get("advance") is True, "keys": keys}
    RatingKeys.objects.update_or_create(rater=rater, defaults=kept)
    return kept


def _is_named(text: object, longest: int) -> bool:
    return isinstance(text, str) and len(text) <= longest and text.isprintable()
