"""What a deployment promises by its settings: nothing starts unsafely, and https is https throughout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASKED = (
    "DEBUG", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS",
    "SESSION_COOKIE_AGE", "X_FRAME_OPTIONS", "ALLOWED_HOSTS", "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN",
    "LANGUAGE_COOKIE_SECURE",
)  # fmt: skip
SAY = f"import json; from consilium import settings; print(json.dumps({{n: getattr(settings, n) for n in {ASKED}}}))"
OF_A_SITE = {"DEBUG", "CONSILIUM_HTTPS", "DATABASE_URL", "SECRET_KEY", "SIGNING_KEY", "ALLOWED_HOSTS"}


def started(given: dict[str, str]) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in OF_A_SITE}
    environment = clean | given | {"PYTHONPATH": str(ROOT / "platform")}
    return subprocess.run(
        [sys.executable, "-c", SAY], env=environment, cwd=ROOT, capture_output=True, text=True
    )


def settings_of(**given: str) -> dict[str, Any]:
    done = started(given)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_over_https_everything_is_secure() -> None:
    told = settings_of(CONSILIUM_HTTPS="true")
    assert told["SESSION_COOKIE_SECURE"]
    assert told["CSRF_COOKIE_SECURE"]
    assert told["LANGUAGE_COOKIE_SECURE"]
    assert told["SECURE_SSL_REDIRECT"]
    assert told["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert told["X_FRAME_OPTIONS"] == "DENY"
    assert told["SESSION_COOKIE_AGE"] <= 14 * 24 * 3600
    assert not told["MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"]


def test_debug_is_off_and_hosts_are_few_unless_asked_otherwise() -> None:
    told = settings_of()
    assert not told["DEBUG"]
    assert set(told["ALLOWED_HOSTS"]) == {"localhost", "127.0.0.1", "[::1]"}
    assert not told["MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"DATABASE_URL": "postgresql://a:b@db:5432/c"}, "Set SECRET_KEY"),
        ({"DATABASE_URL": "sqlite:///x", "SECRET_KEY": "x"}, "Only PostgreSQL will do"),
        ({"DEBUG": "perhaps"}, "neither true nor false"),
        ({"SIGNING_KEY": "short"}, "openssl rand -base64 32"),
    ],
)
def test_what_would_be_unsafe_does_not_start_and_says_what_to_do(given: dict[str, str], said: str) -> None:
    done = started(given)
    assert done.returncode != 0
    assert said in done.stderr


def test_every_header_is_there_on_every_kind_of_answer(db: None, client: Any) -> None:
    for where in ("/", "/account/login/", "/no-such-page/", "/api/v1/boards/", "/healthz"):
        headers = client.get(where).headers
        assert "unsafe-inline" not in headers["Content-Security-Policy"], where
        assert "default-src 'self'" in headers["Content-Security-Policy"], where
        assert headers["X-Content-Type-Options"] == "nosniff", where
        assert headers["X-Frame-Options"] == "DENY", where
        assert headers["Referrer-Policy"] == "same-origin", where
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", where


def test_a_host_that_is_not_named_is_not_answered(db: None, client: Any) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
