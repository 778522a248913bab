"""The same on an S3-compatible store: real boto3, a real server, addresses fetched by plain HTTP."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.core.files.storage import default_storage
from django.test import Client

from evaluation.models import Keeping
from evaluation.services import stores
from tests.evaluation import s3_server
from tests.evaluation.test_artefacts import kept, scored, try_now
from workers import tasks

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server.running() as address:
        yield address


@pytest.fixture
def store(server: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The platform's own settings for a store, as its environment names one."""
    use(settings, monkeypatch, server)
    return server


def use(settings: Any, monkeypatch: pytest.MonkeyPatch, address: str, bucket: str = s3_server.BUCKET) -> None:
    from consilium import backing_services

    monkeypatch.setenv("S3_ENDPOINT_URL", address)
    monkeypatch.setenv("S3_ACCESS_KEY", s3_server.KEY["aws_access_key_id"])
    monkeypatch.setenv("S3_SECRET_KEY", s3_server.KEY["aws_secret_access_key"])
    monkeypatch.setenv("S3_REGION", "us-east-1")
    options = backing_services.object_store(bucket, download_seconds=300)
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "consilium.object_store.ObjectStore", "OPTIONS": options},
    }


def address_of(client: Client, submission: Any, kind: str) -> str:
    answer = client.get(f"/submissions/{submission.pk}/artefacts/{kind}/")
    assert answer.status_code == 302
    return answer["Location"]


def test_artefacts_lie_in_the_bucket_and_are_private(lab: Any, tiny: Any, store: str) -> None:
    submission = scored(lab, tiny)
    tasks.keep_artefacts()

    found, bucket = kept(submission), s3_server.client(store)
    assert set(found) == {"answers", "log", "manifest"}
    for artefact in found.values():
        content = bucket.get_object(Bucket=s3_server.BUCKET, Key=artefact.file.name)["Body"].read()
        assert hashlib.sha256(content).hexdigest() == artefact.sha256
        grants = bucket.get_object_acl(Bucket=s3_server.BUCKET, Key=artefact.file.name)["Grants"]
        assert {grant["Grantee"]["Type"] for grant in grants} == {"CanonicalUser"}  # nobody but the owner


def test_a_presigned_address_is_fetched_by_plain_http(
    lab: Any, tiny: Any, store: str, client: Client
) -> None:
    submission = scored(lab, tiny)
    tasks.keep_artefacts()
    client.force_login(lab)

    address = address_of(client, submission, "manifest")

    assert address.startswith(f"{store}/{s3_server.BUCKET}/runs/{submission.pk}/manifest-")
    assert "X-Amz-Expires=300" in address
    assert s3_server.KEY["aws_secret_access_key"] not in address
    answer = httpx.get(address)
    assert answer.status_code == 200, answer.text
    for forged in (address.partition("?")[0], address.replace("manifest-1", "answers-1")):
        assert httpx.get(forged).status_code == 403
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{submission.pk}-manifest.json"'
    assert hashlib.sha256(answer.content).hexdigest() == submission.run.receipts.get().sha256


def test_an_address_is_signed_for_the_name_browsers_know(
    lab: Any, tiny: Any, server: str, settings: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = server.replace("127.0.0.1", "localhost")
    assert public != server
    monkeypatch.setenv("S3_PUBLIC_ENDPOINT_URL", public)
    use(settings, monkeypatch, server)
    submission = scored(lab, tiny)
    tasks.keep_artefacts()
    client.force_login(lab)

    address = address_of(client, submission, "manifest")

    assert address.startswith(f"{public}/{s3_server.BUCKET}/runs/{submission.pk}/manifest-")
    answer = httpx.get(address)
    assert answer.status_code == 200, answer.text
    assert httpx.get(address.replace(public, server)).status_code == 403, "the signature covers the host"


def test_an_expired_address_is_refused(
    lab: Any, tiny: Any, store: str, client: Client, settings: Any
) -> None:
    submission = scored(lab, tiny)
    tasks.keep_artefacts()
    client.force_login(lab)
    default = settings.STORAGES["default"]
    shorter = {**default, "OPTIONS": {**default["OPTIONS"], "querystring_expire": 1}}
    settings.STORAGES = {**settings.STORAGES, "default": shorter}
    address = address_of(client, submission, "log")
    assert "X-Amz-Expires=1&" in address

    time.sleep(3)

    answer = httpx.get(address)
    assert (answer.status_code, answer.text) == (403, "AccessDenied: Request has expired")


def test_a_store_that_is_away_or_refuses_is_told_and_tried_again(
    lab: Any, tiny: Any, server: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(settings, monkeypatch, f"http://127.0.0.1:{s3_server.free_port()}")
    submission = scored(lab, tiny)
    tasks.keep_artefacts()
    assert Keeping.objects.get().told == stores.AWAY

    use(settings, monkeypatch, server, bucket="nobody-made-this")
    try_now()
    assert "NoSuchBucket" in Keeping.objects.get().told

    use(settings, monkeypatch, server)
    try_now()
    assert len(kept(submission)) == 3
    assert len(default_storage.listdir(f"runs/{submission.pk}")[1]) == 3
