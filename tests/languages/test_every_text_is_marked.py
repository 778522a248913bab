"""Under a made-up language, whatever a page says is between its marks, or it is something stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.conf.locale import LANG_INFO
from django.test import Client, override_settings
from django.urls import Resolver404, resolve

from tests.blinding.crawler import Crawler
from tests.emptying import empty_database
from tests.languages import made_catalogues, small_site
from tests.languages.visible_texts import unmarked

pytestmark = pytest.mark.django_db
MADE = "qps"
MOST_OF_A_KIND = 2
# said by selectors that keep what they say for readers of every language: English until they keep parts of it
STILL_ENGLISH = re.compile(
    r"[Aa]utomatic( scores)?( beside| of the very texts that were rated stand beside what their raters said\.)?"
    r"|of the texts rated|[Tt]oo few cases: n = .*|.*(raters|cases) like these.*|top bin|System-\d|True|Both scores"
)
ENGLISH = (
    "/admin/",
    "/methods/agreement/",
    "/guide/",
)  # Django's own pages; documentation, read as it was written
STARTS = (
    "/",
    "/studies/",
    "/account/",
    "/submissions/",
    "/queue/",
    "/api/",
    "/rubrics/",
    "/raters/",
    "/nothing/here/",
)


class Reader(Crawler):
    """Follows links as the crawler does, but looks at few pages of a kind, in the made-up language."""

    def __init__(self, name: str, person: Any | None, stored: frozenset[str]) -> None:
        super().__init__(name, person, self.look)
        self._client = Client(raise_request_exception=False, headers={"Accept-Language": MADE})
        if person is not None:
            self._client.force_login(person)
        self.stored, self.left, self.looked = stored, dict[str, str](), 0

    def look(self, seen: Any) -> None:
        if seen.kind != "text/html":
            return
        assert seen.status < 500, seen.asked
        self.looked += 1
        for text in unmarked(seen.body.decode(), self.stored):
            if not any(STILL_ENGLISH.fullmatch(part) for part in (text, *re.split(": | · ", text))):
                self.left.setdefault(text, seen.asked)

    def _is_new(self, where: str) -> bool:
        path = where.split("?")[0].split("#")[0]
        if where in self._asked or path.startswith(ENGLISH) or "as_of=" in where or not path.startswith("/"):
            return False
        try:
            kind = resolve(path).view_name
        except Resolver404:
            kind = "none"
        if kind.startswith("api-") or self._of_kind.get(kind, 0) >= MOST_OF_A_KIND:
            return False
        self._asked.add(where)
        self._of_kind[kind] = self._of_kind.get(kind, 0) + 1
        return True


@pytest.fixture(scope="module")
def language(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("locale")
    made_catalogues.make(folder, MADE, made_catalogues.marked)
    LANG_INFO[MADE] = {**made_catalogues.NAMES, "code": MADE}
    with override_settings(LOCALE_PATHS=[folder], LANGUAGES=[*settings.LANGUAGES, (MADE, "Marked")]):
        yield
    del LANG_INFO[MADE]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def people(
    language: None, files: Path, django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any
) -> Iterator[dict[str, Any]]:
    """Every kind of person, a scored benchmark, a published study and two open ones, one rated to its end."""
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=files):
        yield small_site.made(tmp_path_factory.mktemp("deep"))
        empty_database()


@pytest.fixture(scope="module")
def stored(people: dict[str, Any]) -> frozenset[str]:
    """Every text that a table holds, as a whole and by its lines and words in a list."""
    found: set[str] = set()
    for model in apps.get_models():
        for row in model._default_manager.values_list():
            for value in row:
                found.update(_texts(value))
    return frozenset(" ".join(text.split()) for text in found)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        yield from value.splitlines()
        yield value.replace("_", " ").capitalize()
        yield value.replace("-", " ").capitalize()
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(key)
            yield from _texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one)


@pytest.mark.parametrize("who", ["nobody", "submitter", "rater", "coordinator", "administrator"])
def test_no_page_says_anything_that_no_catalogue_holds(
    who: str, people: dict[str, Any], stored: frozenset[str], files: Path
) -> None:
    reader = Reader(who, people.get(who), stored)
    with override_settings(MEDIA_ROOT=files):
        reader.walk(STARTS)
    assert reader.looked > 10
    assert not reader.left, "\n".join(
        f"{asked}: {text}" for text, asked in sorted(reader.left.items(), key=lambda e: e[1])
    )
