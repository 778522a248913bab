"""What a published study's page says of how its numbers came about: kept with the results of their time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Max

from evaluation.domain.names import name_key
from raters.domain.countries import COUNTRIES
from raters.domain.plain_agreement import main_coefficient
from raters.domain.rubric import Rubric
from raters.domain.specialties import SPECIALTIES
from raters.domain.study_design import UnusableDesignError, read_design
from raters.models import (
    Adjudication,
    AgreementTally,
    Credential,
    Membership,
    RatingRevision,
    Study,
    StudyItem,
    StudySystem,
)
from raters.selectors import dry_run_report

FEWEST_NAMED = 3  # people of one specialty or country below whom it is not told


def about(study: Study, rubric: Rubric) -> dict[str, Any]:
    """The study as a whole: what was asked, by which design, when, and where it comes from."""
    told = study.imported or {}
    dates = RatingRevision.objects.filter(membership__study=study).aggregate(last=Max("created_at"))
    items = StudyItem.objects.filter(study=study, kind=StudyItem.Kind.LIVE)
    return {
        "slug": study.slug,
        "title": study.title,
        "description": study.description,
        "source": told.get("source", ""),
        "licence": told.get("licence", ""),
        "left_out": list(told.get("left_out", [])),
        "imported": bool(study.imported_from),
        "synthetic": bool(told.get("synthetic", False)),
        "systems": [
            _system(system) for system in StudySystem.objects.filter(study=study).select_related("system")
        ],
        "items": items.filter(left_out="").count(),
        "items_left_out": items.exclude(left_out="").count(),
        "languages": sorted({one for one in items.values_list("language", flat=True) if one}),
        "opened": _day(study.opened_at),
        "locked": _day(study.locked_at),
        "last_rating": _day(dates["last"]),
        "rubric": _rubric(study, rubric),
        "design": [] if study.imported_from else _design(study),
        "opened_anyway": study.opened_anyway,
        "dry_run": _dry_run(study),
        "adjudicated": Adjudication.objects.filter(study=study)
        .values("unit", "part", "variable")
        .distinct()
        .count(),
    }


def agreement(study: Study) -> dict[tuple[int, str], dict[str, Any]]:
    """By group and variable the coefficient the study's own pages put first, and raw agreement beside it."""
    found = {}
    for tally in AgreementTally.objects.filter(study=study).defer("state"):
        main = main_coefficient(tally.estimates)
        if main is None:
            continue
        raw = tally.estimates.get("coefficients", {}).get("percent_agreement") or {}
        kept = (
            "coefficient",
            "value",
            "low",
            "high",
            "status",
            "reason",
            "these_raters_only",
            "n_items",
            "n_raters",
        )
        found[tally.group_id, tally.variable] = {
            **{name: main.get(name) for name in kept},
            "raw": raw.get("value"),
            "pairs": tally.estimates.get("pairs", 0),
        }
    return found


def people(memberships: Iterable[int]) -> dict[str, Any]:
    """Raters by specialty and country, as they say of themselves; fewer than three of a kind are not told."""
    raters = Membership.objects.filter(pk__in=list(memberships))
    credentials = list(Credential.objects.filter(rater__in=raters.exclude(rater=None).values("rater")))
    specialties = Counter(name for one in credentials for name in set(one.specialties))
    countries = Counter(one.country for one in credentials if one.country)
    return {
        "specialties": _named(specialties, dict(SPECIALTIES)),
        "countries": _named(countries, dict(COUNTRIES)),
        "not_said": not credentials,
        "confirmed": sum(one.confirmed_at is not None for one in credentials),
    }


def _named(counted: Counter[str], names: Any) -> dict[str, Any]:
    told = [(names.get(key, key), number) for key, number in counted.items() if number >= FEWEST_NAMED]
    told.sort(key=lambda one: (-one[1], one[0]))
    few = any(number < FEWEST_NAMED for number in counted.values())
    return {"told": [{"name": name, "n": number} for name, number in told], "few": few}


def _system(system: StudySystem) -> dict[str, Any]:
    return {
        "number": system.number,
        "name": system.name,
        "key": name_key(system.name),
        "kind": system.system.kind if system.system else "",
    }


def _rubric(study: Study, rubric: Rubric) -> dict[str, Any]:
    return {
        "slug": study.rubric.slug,
        "number": study.rubric.number,
        "title": rubric.title,
        "unit": rubric.unit,
        "source": rubric.source.strip(),
        "axes": [
            {
                "id": axis.id,
                "label": axis.label,
                "question": axis.question,
                "type": axis.type,
                "options": [
                    {"label": option.label, "anchor": option.anchor, "top": option.top_bin}
                    for option in axis.options
                ],
                "ends": [end for end in (axis.low_label, axis.high_label) if end],
                "turned": axis.selected_means == "worse",
                "groups": list(axis.groups),
            }
            for axis in rubric.axes
        ],
    }


def _design(study: Study) -> list[str]:
    """The design in sentences."""
    try:
        design = read_design(study.design)
    except UnusableDesignError as fault:
        return [str(fault)]
    each, overlap = _number(design.raters_per_item, "rater"), f"{design.overlap_share:.0%} of the cases"
    found = [f"{each} a case; {overlap} are rated by {design.overlap_raters}, for agreement."]
    if design.systems_per_item:
        found.append(f"{_number(design.systems_per_item, 'system')} a case, in balanced turns.")
    if design.pairs_per_item:
        found.append(f"{_number(design.pairs_per_item, 'pair')} a case, in balanced turns.")
    planted = (
        (design.repeat_share, "come back to the same rater unannounced"),
        (design.gold_share, "have a known answer"),
        (design.twin_share, "hold an answer made wrong on purpose"),
    )
    found += [
        f"{share:.0%} of the screens {what}; none of these is counted." for share, what in planted if share
    ]
    if design.pass_rate:
        found.append(
            f"Raters qualify on training cases: {design.pass_rate:.0%} right is expected of a good one."
        )
    return [*found, "Which system wrote an answer was hidden, and the side it stood on was drawn by lot."]


def _dry_run(study: Study) -> list[dict[str, Any]]:
    """What simulated raters said beforehand of each question: half width expected and hoped for."""
    report = dry_run_report.report_of(study)
    if report is None:
        return []
    return [
        {
            "group": group.group,
            "label": axis.label,
            "unit": axis.unit,
            "half_width": axis.half_width,
            "target": axis.target,
            "power": axis.power,
        }
        for group in report.groups
        for axis in group.axes
    ]


def _number(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _day(moment: Any) -> str:
    return moment.date().isoformat() if moment else ""
