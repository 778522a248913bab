"""The guides: every link, command, address and picture in them is there, and their pages show them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.test import Client
from django.urls import Resolver404, resolve

from accounts.documents import INDEX, document

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
WRITTEN = {**{f"docs/{name}.md": text for name, text in PAGES.items()}} | {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")
}
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
MOST_BYTES = 1_500_000  # of all pictures together
SPOKEN = re.compile(r"`(?:GET |POST )?(/[a-z][\w/.-]*)`")  # addresses as documents write them
NO_PAGES = ("/live/", "/srv/", "/var/", "/etc/", "/tmp/")  # streams, which asgi.py answers, and files
STANDS_FOR = {"SLUG": "sample", "ID": "00000000-0000-0000-0000-000000000000"}


def found(pattern: str) -> list[tuple[str, str]]:
    """(document, what of it matched), once each."""
    return sorted({(name, hit) for name, text in WRITTEN.items() for hit in re.findall(pattern, text)})


def slug(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize(("name", "target"), found(r"\]\(([^)\s]+)\)"))
def test_every_link_leads_somewhere(name: str, target: str) -> None:
    if "://" in target:
        return
    path, _, heading = target.partition("#")
    there = (ROOT / name).parent / path if path else ROOT / name
    assert there.exists(), f"{name} links to {target}"
    if heading:
        headings = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)
        assert heading in {slug(each) for each in headings}


@pytest.mark.parametrize(("name", "command"), found(r"manage\.py ([a-z_]+)"))
def test_every_command_is_one(name: str, command: str) -> None:
    assert command in get_commands(), f"{name} names manage.py {command}"


@pytest.mark.parametrize(("name", "target"), found(r"(?:`|^|\s)make ([a-z-]+)(?=`|$|\s+#)"))
def test_every_target_of_make_is_one(name: str, target: str) -> None:
    assert target in TARGETS, f"{name} names make {target}"


@pytest.mark.parametrize(("name", "address"), found(SPOKEN.pattern))
def test_every_address_is_answered(name: str, address: str) -> None:
    if address.startswith(NO_PAGES):
        return
    for word, meaning in STANDS_FOR.items():
        address = address.replace(word, meaning)
    try:
        resolve(address)
    except Resolver404:
        pytest.fail(f"{name} names {address}", pytrace=False)


def test_every_guide_of_adding_is_followed_by_a_test(record_figure: Callable[..., None]) -> None:
    guides = {name.removeprefix("adding-a-") for name in PAGES if name.startswith("adding-a-")}
    followed = {
        path.stem.removeprefix("test_adding_a_") for path in (ROOT / "tests" / "adding").glob("test_*.py")
    }
    measured = f"{len(guides & followed)} of {len(guides)}"
    record_figure(
        "guides of adding one that a test follows word for word", measured, "all", guides == followed
    )
    assert guides == followed == {"benchmark", "metric", "rubric", "backend"}


def test_every_picture_is_shown_and_they_weigh_little(record_figure: Callable[..., None]) -> None:
    shown = {target for _, target in found(r"!\[[^\]]+\]\(([^)\s]+)\)")}
    kept = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.png")}
    assert {target.removeprefix("docs/") for target in shown} == kept
    weight = sum(path.stat().st_size for path in DOCS.rglob("*.png"))
    measured, target = f"{weight / 1e6:.2f} MB", f"below {MOST_BYTES / 1e6} MB"
    record_figure("pictures of the documents, all together", measured, target, weight < MOST_BYTES)
    assert weight < MOST_BYTES


def test_every_picture_says_what_is_to_be_seen() -> None:
    for name, words in found(r"!\[([^\]]*)\]"):
        assert len(words.split()) > 5, f"{name}: {words!r}"


def test_the_script_takes_every_picture() -> None:
    taken = set(re.findall(r'@picture\("([\w-]+)"\)', (DOCS / "walks.py").read_text(encoding="utf-8")))
    assert taken == {path.stem for path in DOCS.rglob("*.png")}


def test_a_guide_of_adding_is_read_in_five_minutes() -> None:
    """Two hundred and thirty words a minute, code read as slowly as prose."""
    for name, text in PAGES.items():
        if name.startswith("adding-"):
            assert len(re.sub(r"```json\n.*?```", "", text, flags=re.DOTALL).split()) < 5 * 230, name


@pytest.mark.parametrize("name", sorted(PAGES))
def test_its_page_shows_it_whole(name: str, client: Client, db: None) -> None:
    if name == "methods":
        pytest.skip("the methods have a page of their own: tests/leaderboard/test_methods_page.py")
    answer = client.get("/guide/" if name == INDEX else f"/guide/{name}/")
    assert answer.status_code == 200
    page = answer.content.decode()
    title = PAGES[name].partition("\n")[0].lstrip("# ")
    assert title in unescape(page)
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= ids
    pictures = re.findall(r'<img src="(?!/static/mark)([^"]*)"', page)
    assert len(pictures) == PAGES[name].count("![")
    assert all(source.startswith("/static/pictures/") for source in pictures)
    for where in re.findall(r'href="(/guide/[^"#]*)"', page):
        assert client.get(where).status_code == 200, where


def test_a_link_to_a_chapter_of_another_guide_finds_it(client: Client, db: None) -> None:
    page = client.get("/guide/rating/").content.decode()
    (anchor,) = set(re.findall(r'href="/guide/reading/#([^"]+)"', page))
    assert f'id="{anchor}"' in client.get("/guide/reading/").content.decode()


def test_there_is_no_guide_of_another_name(client: Client, db: None) -> None:
    for name in ("nothing", "pictures", "Reading", "examples"):
        assert client.get(f"/guide/{name}/").status_code == 404
    assert document("../README") is None
    assert document("/etc/passwd") is None


def test_every_page_leads_to_the_help(client: Client, db: None) -> None:
    assert 'href="/guide/"' in client.get("/").content.decode()
