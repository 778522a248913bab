"""Files on their way in: one for which the disk has no room is let go at once, not when memory is tidied."""

from __future__ import annotations

from contextlib import suppress

from django.core.files.uploadhandler import TemporaryFileUploadHandler


class TidyUploadHandler(TemporaryFileUploadHandler):
    """Django's own keeps an unfinished file for as long as the failed request is remembered."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError:
            with suppress(OSError):  # what was not written yet cannot be written now either
                self.file.close()
            raise
