"""`manage.py make_bucket`: the bucket of the object store, where it is not there yet."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = (
        "Make the bucket that S3_BUCKET names, if the store does not have it. Does nothing without S3_BUCKET."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.S3_BUCKET:
            self.stdout.write("Files are kept in a folder: no bucket is needed.")
            return
        from botocore.exceptions import BotoCoreError, ClientError

        client, name = default_storage.connection.meta.client, settings.S3_BUCKET  # type: ignore[attr-defined]
        try:
            held = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
            if name not in held:
                client.create_bucket(Bucket=name)
        except (BotoCoreError, ClientError) as fault:
            raise CommandError(f"The store did not make {name}: {fault}") from fault
        self.stdout.write(f"The bucket {name} is there.")
