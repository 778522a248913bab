"""Collect static files, but only when one of them changed: compressing all of them takes long."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect_if_changed() -> None:
    """Run `collectstatic` unless the sources are those of the last time."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    now = _fingerprint()
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != now:
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(now, encoding="utf-8")


def _fingerprint() -> str:
    """A digest of the name, size and time of every source, and of how they are stored."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list(None):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
