"""Nothing that a rater can fetch says whose answer they judge, nor which screens are tests of themselves."""

from __future__ import annotations

import struct
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import sqrt
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings

from tests.blinding.crawler import Crawler
from tests.blinding.leaks import Leak, Secrets, leaks_of
from tests.blinding.responses import Seen
from tests.emptying import empty_database

pytestmark = pytest.mark.django_db

FIRST = 7_000_000
TABLES = {"studysystem": "a system", "studyanswer": "an answer", "studyitem": "an item"}


@dataclass
class Walk:
    """The sample studies, rated to their end by every rater, and all that was answered on the way."""

    secrets: Secrets
    seen: list[Seen] = field(default_factory=list)
    leaks: list[Leak] = field(default_factory=list)
    rated: int = 0
    screens: list[tuple[str, int, str, int, list[Any]]] = field(default_factory=list)

    def keep(self, seen: Seen) -> None:
        self.leaks += leaks_of(seen, self.secrets)
        self.seen.append(replace(seen, body=seen.body[:400]))


@pytest.fixture(scope="module")
def walk(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walk]:
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("files")):
        yield walked()
        empty_database()


def walked() -> Walk:
    from accounts.models import Role, User
    from raters.models import Membership
    from raters.services import samples

    begin_numbers_at(FIRST)
    raters = [User.objects.create(username=f"rater{n}", roles=[Role.RATER]) for n in (1, 2, 3)]
    coordinator = User.objects.create(username="coordinator", roles=[Role.COORDINATOR])
    studies = samples.load_all(coordinator, raters)
    walk = Walk(secrets_of())
    walk.screens = planned()
    people: dict[str, Any] = {rater.username: rater for rater in raters}
    people |= {"nobody": None, "submitter": User.objects.create(username="submitter", roles=[Role.SUBMITTER])}
    for n, (name, person) in enumerate(people.items()):
        Crawler(name, person, walk.keep).walk(["/"])
        crawler = Crawler(f"{name} at work", person, walk.keep)
        for study in studies if person in raters else []:
            member = Membership.objects.filter(rater=person, study=study)
            walk.rated += len(crawler.rate(study.slug, lambda member=member: qualify(member)))
        Crawler(f"{name} afterwards", person, walk.keep).walk(["/", *addresses(studies[n::7])])
    return walk


def begin_numbers_at(first: int) -> None:
    """Numbers of the database that nobody takes for anything else when they see them."""
    with connection.cursor() as cursor:
        for n, table in enumerate(TABLES):
            cursor.execute(f"ALTER TABLE raters_{table} ALTER COLUMN id RESTART WITH {first + 100_000 * n}")


def secrets_of() -> Secrets:
    from raters.models import StudyAnswer, StudyItem, StudySystem

    numbers = {}
    for model, what in zip((StudySystem, StudyAnswer, StudyItem), TABLES.values(), strict=True):
        numbers |= {str(pk): what for pk in model.objects.values_list("pk", flat=True)}
    assert min(map(int, numbers)) == FIRST
    names = sorted(set(StudySystem.objects.values_list("name", flat=True)))
    return Secrets(tuple(names), tuple(sorted(set(StudyItem.objects.values_list("key", flat=True)))), numbers)


def qualify(member: Any) -> None:
    """Past the training without knowing medicine."""
    member.exclude(state="invited").update(state="qualified")


def addresses(studies: list[Any]) -> Iterator[str]:
    """Every address of the studies, for each of them and for a screen of each rater."""
    from django.urls import NoReverseMatch, reverse

    from raters import api_urls, urls
    from raters.models import Assignment

    names = [f"raters:{pattern.name}" for pattern in urls.urlpatterns]
    names += [str(pattern.name) for pattern in api_urls.urlpatterns]
    screens = Assignment.objects.order_by("membership__rater", "place").distinct("membership__rater")
    arguments: list[list[Any]] = [[], [1], *[[pk] for pk in screens.values_list("pk", flat=True)]]
    for study in studies:
        arguments += [[study.slug], *[[study.slug, more] for more in ("csv", "jsonl", "parquet", 1)]]
    for name in names:
        for given in arguments:
            try:
                yield reverse(name, args=given)
            except NoReverseMatch:
                continue


def planned() -> list[tuple[str, int, str, int, list[Any]]]:
    """Study, block of one rater, unit of what is shown, place, and the systems as shown, of each live screen."""
    from raters.models import Assignment, StudyAnswer

    system_of = dict(StudyAnswer.objects.values_list("pk", "system__number"))
    return [
        (row.study.slug, row.block * 100_000 + row.membership_id, str(row.pk), row.place,
         [system_of[row.answers[place]] for place in row.order])
        for row in Assignment.objects.filter(kind="live").select_related("study").order_by("membership", "place")
    ]  # fmt: skip


def test_every_sample_study_was_rated_to_its_end(walk: Walk) -> None:
    slugs = {slug for slug, *_ in walk.screens}
    assert len(slugs) == 14
    assert walk.rated >= len(walk.screens) > 100
    images = [seen for seen in walk.seen if seen.kind == "image/png" and seen.status == 200]
    assert images
    statuses = {seen.status for seen in walk.seen}
    assert {200, 204, 404, 409, 422} <= statuses


def test_nothing_anybody_fetched_says_whose_answer_it_is(walk: Walk) -> None:
    told = {(leak.what, leak.where): str(leak) for leak in walk.leaks}
    assert not told, "\n".join(sorted(told.values())[:40])


def test_no_address_was_a_fault_of_the_server(walk: Walk) -> None:
    assert not sorted({seen.asked for seen in walk.seen if seen.status >= 500})


def test_planted_screens_have_the_shape_of_all_others(walk: Walk) -> None:
    """Same keys, same headers: gold, twins and repeats cannot be told by what is there and what is not."""
    from raters.models import Assignment

    kinds = {str(pk): kind for pk, kind in Assignment.objects.values_list("pk", "kind")}
    shapes: dict[str, dict[str, set[Any]]] = defaultdict(lambda: defaultdict(set))
    for seen in walk.seen:
        if seen.asked.startswith("GET /api/v1/assignments/next/") and seen.status == 200:
            shown = seen.values[0]
            shape = (tuple(sorted(shown)), tuple(sorted(seen.headers)), shown["state"], shown["revision"])
            shapes[shown["study"]][kinds[shown["assignment"]]].add(shape)
    planted = 0
    for of_kind in shapes.values():
        for kind in {"gold", "twin", "repeat"} & set(of_kind):
            assert of_kind[kind] <= of_kind["live"]
            planted += 1
    assert planted >= 5


def test_neither_sides_nor_the_order_of_work_tell_the_system(walk: Walk) -> None:
    for system, score in [*leanings(walk.screens).items()]:
        assert abs(score) < 3.5, (
            f"{system} stands {score:+.1f} standard errors from where chance would put it"
        )


def leanings(screens: list[tuple[str, int, str, int, list[Any]]]) -> dict[Any, float]:
    """By study and system: how far its mean rank, side or turn within a block, is from that of chance, in SE.

    One of k places taken at random has mean (k - 1)/2 and variance (k² - 1)/12.
    """
    blocks: dict[tuple[str, int], list[Any]] = defaultdict(list)
    runs = []
    for slug, block, _, _, systems in screens:
        if len(systems) > 1:
            runs.append((slug, systems))
        else:
            blocks[slug, block] += systems
    runs += [(slug, systems) for (slug, _), systems in blocks.items()]
    sums: dict[Any, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for slug, systems in runs:
        for rank, system in enumerate(systems):
            sums[slug, system][0] += rank - (len(systems) - 1) / 2
            sums[slug, system][1] += (len(systems) ** 2 - 1) / 12
    return {key: total / sqrt(variance) for key, (total, variance) in sums.items() if variance}


def test_a_fixed_order_would_be_noticed(walk: Walk) -> None:
    sorted_screens = [
        (slug, block, pk, place, sorted(systems)) for slug, block, pk, place, systems in walk.screens
    ]
    assert max(map(abs, leanings(sorted_screens).values())) > 3.5


def with_chunk(png: bytes, text: bytes) -> bytes:
    chunk = b"tEXt" + text
    whole = struct.pack(">I", len(text)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return png[:33] + whole + png[33:]  # behind the header of 8 + 25 bytes


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)
PLANTED: dict[str, tuple[str, bytes]] = {
    "the name of a system": ("text/html", b"<p>Answer of System&nbsp;Aspen</p>"),
    "a name in an attribute": ("text/html", b'<p data-from="system-aspen">Rest.</p>'),
    "a name in an address": ("text/html", b'<img src="/x/system%20aspen.png">'),
    "an answer's number": ("text/html", b'<article id="answer-7100001">Rest.</article>'),
    "a system's number in JSON": ("application/json", b'{"answers": [{"text": "Rest.", "s": 7000000}]}'),
    "an item's key": ("application/json", b'{"case": {"image": "phantom-01.png"}}'),
    "a comment": ("text/html", b"<!-- second side --><p>Rest.</p>"),
    "gold in a class": ("text/html", b'<article class="answer answer-gold">Rest.</article>'),
    "gold in JSON": ("application/json", b'{"kind": "gold"}'),
    "a repeat in a data attribute": ("text/html", b"<article data-repeat>Rest.</article>"),
    "the order in JSON": ("application/json", b'{"order": [1, 0]}'),
    "a time in JSON": ("application/json", b'{"answers": [{"text": "Rest.", "at": "2026-01-02T03:04:05Z"}]}'),
    "words in an image": ("image/png", with_chunk(PIXEL, b"Software\0someone")),
}


@pytest.mark.parametrize("what", sorted(PLANTED))
def test_a_planted_leak_is_found(what: str) -> None:
    from django.http import HttpResponse

    from tests.blinding.responses import read

    kind, body = PLANTED[what]
    secrets = Secrets(("System Aspen",), ("phantom-01",), {"7000000": "a system", "7100001": "an answer"})
    assert leaks_of(read("rater1", "GET /x/", HttpResponse(body, content_type=kind)), secrets)


def test_a_leak_in_a_header_is_found_and_a_clean_page_is_clean() -> None:
    from django.http import HttpResponse

    from tests.blinding.responses import read

    secrets = Secrets(("System Aspen",), ("phantom-01",), {"7000000": "a system"})
    clean = HttpResponse(b'<p class="answer" data-answer="1">Repeat the dose; gold standard. 7000001</p>')
    assert not leaks_of(read("rater1", "GET /x/", clean), secrets)
    for name, value in [
        ("ETag", '"7000000-2"'),
        ("Content-Disposition", 'inline; filename="phantom-01.png"'),
    ]:
        leaking = HttpResponse(b"<p>Rest.</p>", headers={name: value})
        assert leaks_of(read("rater1", "GET /x/", leaking), secrets), name
    assert not leaks_of(read("rater1", "GET /x/", HttpResponse(PIXEL, content_type="image/png")), secrets)
