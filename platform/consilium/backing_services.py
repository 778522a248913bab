"""What the site stands on besides its code, as settings name it: database, object store, secret key."""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from consilium import embedded
from consilium import environment as env


def own_secret_key(state: Path) -> str:
    """A key made once and kept beside the embedded database, so that a bare checkout starts safely."""
    return _made_once(state / "secret_key", lambda: secrets.token_urlsafe(64))


# A server or a network that goes without a word is noticed within half a minute, not after two hours.
_NOTICES_SILENCE = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}


def signing_key(state: Path) -> str:
    """SIGNING_KEY, or a key made once and kept in the state folder: 32 bytes in base64 that sign receipts."""
    given = env.secret("SIGNING_KEY") or _made_once(
        state / "signing_key", lambda: base64.b64encode(secrets.token_bytes(32)).decode()
    )
    try:
        if len(base64.b64decode(given, validate=True)) == 32:
            return given
    except ValueError:
        pass
    raise ImproperlyConfigured("SIGNING_KEY must be 32 bytes in base64; make one: openssl rand -base64 32")


def _made_once(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8") as written:  # mode 0600
            written.write(make())
            written.flush()
            with contextlib.suppress(FileExistsError):  # whole or not at all, and the first one stays
                os.link(written.name, path)
    return path.read_text(encoding="utf-8").strip()


def database(url: str, state: Path) -> dict[str, Any]:
    """Django's settings of the PostgreSQL at an address; of the embedded one where there is none."""
    if not url:
        return embedded.database(state)
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgresql://user:password@host:5432/name; "
            f"its scheme is {parts.scheme!r} and its name {parts.path.strip('/')!r}. Only PostgreSQL will do."
        )
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": {**_NOTICES_SILENCE, **dict(parse_qsl(parts.query))},  # sslmode and the like
    }


def object_store(bucket: str, download_seconds: int) -> dict[str, Any]:
    """The S3-compatible store, with limits so that one that is away or slow holds nobody up for minutes."""
    from botocore.config import Config

    endpoint = env.text("S3_ENDPOINT_URL") or None
    acl = env.text("S3_ACL", "private")
    return {
        "bucket_name": bucket,
        "endpoint_url": endpoint,
        "public_endpoint_url": env.text("S3_PUBLIC_ENDPOINT_URL") or None,  # as browsers reach the store
        "region_name": env.text("S3_REGION") or None,
        "access_key": env.secret("S3_ACCESS_KEY") or None,
        "secret_key": env.secret("S3_SECRET_KEY") or None,
        "default_acl": None if acl == "none" else acl,  # none: for buckets that know no access lists
        "file_overwrite": False,
        "querystring_expire": download_seconds,
        "client_config": Config(
            signature_version="s3v4",
            s3={"addressing_style": env.text("S3_ADDRESSING_STYLE") or ("path" if endpoint else "auto")},
            connect_timeout=5,
            read_timeout=60,
            retries={"mode": "standard", "total_max_attempts": 3},
            request_checksum_calculation="when_required",  # what is newer, compatible stores may not know
            response_checksum_validation="when_required",
        ),
    }
