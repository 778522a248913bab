"""The S3-compatible store, where browsers know it by another name than the site does.

Inside a cluster the site reaches its store at, say, http://minio:9000; a presigned address is opened by a
browser, which does not. A signature covers the host, so it has to be made for the public one.
"""

from __future__ import annotations

from typing import Any

from django.utils.functional import cached_property
from storages.backends.s3 import S3Storage
from storages.utils import clean_name


class ObjectStore(S3Storage):  # type: ignore[misc]
    """`public_endpoint_url` (S3_PUBLIC_ENDPOINT_URL) is what presigned addresses begin with; by default the
    endpoint itself."""

    def get_default_settings(self) -> dict[str, Any]:
        return {**super().get_default_settings(), "public_endpoint_url": None}

    def url(
        self,
        name: str,
        parameters: dict[str, Any] | None = None,
        expire: int | None = None,
        http_method: str | None = None,
    ) -> str:
        if not self.public_endpoint_url:
            return str(super().url(name, parameters, expire, http_method))
        asked = {
            **(parameters or {}),
            "Bucket": self.bucket_name,
            "Key": self._normalize_name(clean_name(name)),
        }
        return str(
            self._public.generate_presigned_url(
                "get_object",
                Params=asked,
                ExpiresIn=expire or self.querystring_expire,
                HttpMethod=http_method,
            )
        )

    @cached_property
    def _public(self) -> Any:
        """Signs only; it never opens a connection."""
        return self._create_session().client(
            "s3",
            region_name=self.region_name,
            use_ssl=self.use_ssl,
            endpoint_url=self.public_endpoint_url,
            config=self.client_config,
        )
