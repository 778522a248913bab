"""Whatever bytes are uploaded, the answer is a verdict, never a server error."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import services as accounts
from evaluation.models import Run, Submission

pytestmark = pytest.mark.django_db

KEPT_FIXTURES = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
json_lines = st.lists(
    st.dictionaries(
        st.sampled_from(["id", "output", "confidence", "tokens_in", "x"]), scalars | st.just("c0")
    ),
    max_size=6,
).map(lambda rows: "\n".join(json.dumps(row) for row in rows).encode("utf-8", "surrogatepass"))


@pytest.fixture
def api(lab: Any) -> Client:
    return Client(headers={"authorization": f"Token {accounts.create_token(lab, 'tests')}"})


def post(client: Client, content: bytes, name: str = "a.jsonl") -> Any:
    data = {"benchmark": "tiny", "system": "M", "file": SimpleUploadedFile(name, content)}
    return client.post("/api/v1/submissions/", data)


@KEPT_FIXTURES
@given(content=st.binary(max_size=400) | json_lines | st.binary(max_size=200).map(gzip.compress))
def test_arbitrary_bytes_get_a_verdict(api: Client, tiny: Any, content: bytes) -> None:
    refused = post(api, content)
    assert refused.status_code == 400
    verdict = refused.json()
    assert verdict["problems"]
    assert sum(verdict["counts"].values()) >= len(verdict["problems"])
    assert not Run.objects.exists()


@KEPT_FIXTURES
@given(
    system=st.text(max_size=200),
    mode=st.text(max_size=60),
    benchmark=st.text(max_size=90),
    name=st.text(min_size=1, max_size=300),
)
def test_arbitrary_fields_get_a_verdict(
    api: Client,
    tiny: Any,
    answers_to: Callable[..., bytes],
    system: str,
    mode: str,
    benchmark: str,
    name: str,
) -> None:
    encodable = {key: value.encode("utf-8", "replace") for key, value in [("system", system), ("mode", mode)]}
    data = encodable | {"benchmark": benchmark.encode("utf-8", "replace")}
    file = SimpleUploadedFile("f" + name.replace("/", "_").encode("utf-8", "replace").decode(), answers_to())
    assert api.post("/api/v1/submissions/", data | {"file": file}).status_code in {201, 200, 400}
    taken = api.post("/api/v1/submissions/", encodable | {"benchmark": "tiny", "file": file})
    assert taken.status_code in {201, 200, 400}


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 10, b"\xff\xfe", b"PK\x03\x04", b"%PDF-1.7", b"<html>", b"PAR1"]
)
def test_other_kinds_of_file_are_named(api: Client, tiny: Any, content: bytes) -> None:
    refused = post(api, content)
    assert refused.status_code == 400
    assert refused.json()["problems"][0]["message"]


def test_a_bomb_is_refused(api: Client, tiny: Any) -> None:
    refused = post(api, gzip.compress(b"\0" * 50_000_000, 9), "bomb.jsonl.gz")
    assert refused.status_code == 400
    assert refused.json()["counts"]


def test_a_file_for_another_version_is_told_so(
    api: Client, tiny: Any, answers_to: Callable[..., bytes]
) -> None:
    lines = [json.loads(line) | {"benchmark_version": "v9"} for line in answers_to().splitlines()]
    refused = post(api, "\n".join(map(json.dumps, lines)).encode())
    assert "wrong_version" in refused.json()["counts"]


def test_a_template_that_was_filled_in_is_accepted(
    api: Client, tiny: Any, answers_to: Callable[..., bytes]
) -> None:
    for suffix in ("jsonl", "csv"):
        template = b"".join(api.get(f"/benchmarks/tiny/template.{suffix}").streaming_content)
        assert post(api, template, f"t.{suffix}").status_code == 201
    example = b"".join(api.get("/benchmarks/tiny/example.jsonl").streaming_content)
    assert post(api, example).status_code == 201
    assert Submission.objects.filter(verdict="accepted").count() == 3


def test_an_upload_beyond_the_limit_says_the_limit(
    api: Client, tiny: Any, answers_to: Callable[..., bytes], settings: Any
) -> None:
    settings.UPLOAD_LIMIT_BYTES = 10
    refused = post(api, answers_to())
    assert refused.json()["counts"] == {"file_too_large": 1}
