"""Reading what programs send: any bytes are either JSON we can keep, or a refusal that says why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

import msgspec
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MOST_BYTES = 4 * 2**20  # it is held in memory, several times over


class TooLargeError(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"This JSON is larger than the {MOST_BYTES // 2**20} MB it may have: send less at once."
    default_code = "too_large"


class StrictJSONParser(BaseParser):
    """JSON as the standard has it: no NaN, no half of a surrogate pair, no nesting without end."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        sent = stream.read(MOST_BYTES + 1)
        if len(sent) > MOST_BYTES:
            raise TooLargeError
        try:
            return msgspec.json.decode(sent)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ParseError(f"This is no JSON: {error}. Send one JSON value in UTF-8.") from None
        except RecursionError:
            raise ParseError(
                "This JSON is nested too deeply: send what the schema names, and nothing around it."
            ) from None
