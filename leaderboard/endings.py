"""The endings a board's address may have, in addresses written `<board_ending:…>`."""

from django.urls import register_converter

from leaderboard.files import FORMATS


class EndingConverter:
    regex = "|".join(FORMATS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(EndingConverter, "board_ending")
