"""Lines of the log: one object each, with what they belong to, and nothing that somebody wrote or must not know."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import File
from django.db import DatabaseError, connection, transaction
from django.test import Client

from accounts import services as tokens
from evaluation.services import submissions
from telemetry import log_lines, redaction, trail
from workers import tasks

logger = logging.getLogger("tests.operations")
PATIENT = "Mrs-Apfelbaum-born-1931-04-02"


def test_a_line_is_one_object_with_what_it_belongs_to(lines: Any) -> None:
    with trail.following(request="abc", run=7, submission=""):
        logger.info("a chunk of %s items\nwas done", 25)
    logger.info("afterwards")
    first, second = lines.all("tests.")
    assert first["message"] == "a chunk of 25 items\nwas done"
    assert (first["level"], first["request"], first["run"]) == ("INFO", "abc", 7)
    assert "submission" not in first, "what is empty is not said"
    assert first["at"].endswith("+00:00")
    assert not {"request", "run"} & set(second)


def test_lines_for_people_say_the_same() -> None:
    record = logging.LogRecord("a.b", logging.WARNING, "", 1, "it is %s", ("late",), None)
    with trail.following(request="abc"):
        line = log_lines.ReadableLine().format(record)
    assert line.endswith("WARNING a.b: it is late  request=abc")


def test_an_unknown_format_is_refused_in_words() -> None:
    with pytest.raises(ImproperlyConfigured, match="write json or text"):
        log_lines.settings("xml", "INFO")


def test_nobody_hears_the_servers_own_access_log() -> None:
    """Its protocol asks whether anybody does, and answers nothing from memory at once where that is so."""
    code = (
        "import django, logging, sys; django.setup();"
        "sys.exit(logging.getLogger('uvicorn.access').hasHandlers())"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "consilium.settings"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr or "somebody hears it"


def test_what_libraries_attach_to_a_record_is_not_written(lines: Any) -> None:
    logger.error("it failed", extra={"request": PATIENT, "headers": {"Authorization": PATIENT}})
    assert PATIENT not in lines.text


@pytest.mark.parametrize(
    "said",
    [
        "Authorization: Token csl_0123456789abcdefghij",
        "Bearer 0123456789abcdefghij was refused",
        "postgresql://consilium:0123456789abcdefghij@db:5432/x",
        "password=0123456789abcdefghij",
        '{"api_key": "0123456789abcdefghij"}',
        "AWS_SECRET_ACCESS_KEY=0123456789abcdefghij",
        "the key sk-0123456789abcdefghij is wrong",
        "Cookie: sessionid=0123456789abcdefghij",
    ],
)
def test_what_looks_like_a_secret_is_cut_out(said: str, lines: Any) -> None:
    logger.warning("refused: %s", said)
    assert "0123456789abcdefghij" not in lines.text
    assert redaction.GONE in lines.text


def test_the_sites_own_secrets_are_cut_out_wherever_they_stand(lines: Any) -> None:
    key = site_settings.SECRET_KEY
    logger.error("somebody logs %s by mistake", key)
    assert key not in lines.text


def test_an_exception_tells_its_kind_and_place_and_quotes_nothing(lines: Any) -> None:
    def read(answer: str) -> int:
        return int(answer)

    try:
        read(PATIENT)
    except ValueError:
        logger.exception("it could not be read")
    fault = lines.all("tests.")[0]["fault"]
    assert "ValueError: invalid literal for int() with base 10: '…'" in fault
    assert "in read" in fault
    assert PATIENT not in lines.text


@pytest.mark.django_db
def test_the_values_of_a_statement_that_failed_are_not_told(lines: Any) -> None:
    for statement in ("SELECT %s::int", "SELECT %s::jsonb", "INSERT INTO cache VALUES (%s, %s, NULL)"):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement, [PATIENT] * statement.count("%s"))
        except DatabaseError:
            logger.exception("the statement failed")
    assert len(lines.all("tests.")) == 3
    assert all("fault" in line for line in lines.all("tests."))
    assert PATIENT not in lines.text


@pytest.mark.django_db(transaction=True)
def test_no_answer_no_password_and_no_token_is_in_any_line_of_a_whole_journey(
    lines: Any, lab: Any, tiny: Any, answers_to: Any, client: Client
) -> None:
    client.post("/account/login/", {"login": "lab", "password": PATIENT})
    client.post("/account/login/", {"login": PATIENT, "password": "lab-long-password"})
    token = tokens.create_token(lab, "mine")
    authorised = {"headers": {"Authorization": f"Token {token}"}}
    client.get(f"/api/v1/submissions/?search={PATIENT}", **authorised)
    client.get("/api/v1/submissions/", headers={"Authorization": f"Token {PATIENT}"})
    client.get(f"/boards/?q={PATIENT}")
    for rows in (
        answers_to().replace(b'"A"', f'"A, says {PATIENT}"'.encode()),
        b'{"id": "c0", "output": "%s"\n' % PATIENT.encode(),
        b'{"id": "%s", "output": 5}\n' % PATIENT.encode(),
    ):
        submissions.submit(lab, tiny, "A model", "", "p.jsonl", File(io.BytesIO(rows)))
    client.post(
        "/api/v1/submissions/",
        {"benchmark": "tiny", "system": "Mine", "file": io.BytesIO(answers_to())},
        **authorised,
    )
    tasks.serve_queue()
    assert lines.all("consilium.access"), "requests were logged"
    assert any("items from" in line["message"] for line in lines.all("workers")), "and work"
    for secret in (PATIENT, token, "lab-long-password"):
        assert secret not in lines.text


def test_every_line_can_be_read_whatever_is_in_it(lines: Any) -> None:
    for said in ("\x00", "\ud800", "a\u2028b", "x" * 100_000, '"}{"level":"INFO"'):
        logger.info("said %s", said)
    told = lines.text.removesuffix("\n").split("\n")
    assert len(told) == 5
    for line in told:
        assert len(line) < 5000
        assert json.loads(line)["logger"] == "tests.operations"
