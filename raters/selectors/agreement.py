"""The agreement dashboard: read from tallies alone, however many ratings there are."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from raters.domain.plain_agreement import Caution, cautions, reading
from raters.domain.rubric import Rubric, Variable, variables
from raters.domain.study_agreement import MOST_REALS
from raters.models import AgreementTally, Membership, RaterGroup, RatingRevision, Study, StudySystem
from raters.selectors import rubrics, studies

# columns by what they answer; of several coefficients the first one that a variable has
COLUMNS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "raw": (_("Raw agreement"), ("percent_agreement",)),
    "alpha": (_("Krippendorff α"), ("krippendorff_alpha",)),
    "gwet": (_("Gwet AC1/AC2"), ("gwet_ac1", "gwet_ac2")),
    "free": (_("Randolph κ"), ("brennan_prediger",)),
    "kappa": (_("Cohen or Fleiss κ"), ("cohen_kappa", "cohen_kappa_quadratic", "fleiss_kappa")),
    "icc": (_("ICC(2,1)"), ("icc_ICC(2,1)",)),
    "spans": (_("Passages, overlap"), ("span_overlap",)),
}
DEFAULT = ("raw", "alpha", "gwet", "free", "kappa", "icc", "spans")
LABELS: dict[str, Any] = {
    "percent_agreement": _("Raw agreement"),
    "weighted_agreement": _("Raw agreement, near misses in part"),
    "krippendorff_alpha": _("Krippendorff's α"),
    "gwet_ac1": _("Gwet's AC1"),
    "gwet_ac2": _("Gwet's AC2"),
    "brennan_prediger": _("Randolph's free-marginal κ (Brennan–Prediger)"),
    "scott_pi": _("Scott's π"),
    "fleiss_kappa": _("Fleiss' κ"),
    "conger_kappa": _("Conger's κ"),
    "cohen_kappa": _("Cohen's κ"),
    "cohen_kappa_linear": _("Cohen's κ, linear weights"),
    "cohen_kappa_quadratic": _("Cohen's κ, quadratic weights"),
    "span_exact": _("Passages: same place and label"),
    "span_overlap": _("Passages: overlapping, same label"),
    "span_overlap@0.5": _("Passages: half shared, same label"),
    "span_gamma": _("Passages: best alignment (γ)"),
}


@dataclass(frozen=True)
class Share:
    """How often a category was chosen."""

    label: str
    estimate: Mapping[str, Any]


@dataclass(frozen=True)
class VariableRow:
    """Agreement on one variable in one group; `cells` in the order of the columns shown."""

    variable: Variable
    level: str
    n_ratings: int
    pairs: int
    cells: tuple[Mapping[str, Any] | None, ...]
    coefficients: tuple[tuple[Any, Mapping[str, Any]], ...]
    shares: tuple[Share, ...]
    numbers: Mapping[str, Any] | None
    reading: str
    cautions: tuple[Caution, ...]
    results: Mapping[str, Sequence[Mapping[str, Any]]]
    estimates: Mapping[str, Any]


@dataclass(frozen=True)
class GroupAgreement:
    """A group's variables; groups are never pooled."""

    group: RaterGroup
    raters: int
    planned_pairs: int
    rated_pairs: int
    rows: tuple[VariableRow, ...]


@dataclass(frozen=True)
class Dashboard:
    study: Study
    columns: tuple[tuple[str, Any], ...]
    choices: tuple[tuple[str, Any, bool], ...]  # columns there could be, and whether they are shown
    groups: tuple[GroupAgreement, ...]
    uncounted: bool
    sort: str

    @property
    def is_empty(self) -> bool:
        return not any(group.rows for group in self.groups)


def may_see(person: User | None, study: Study) -> bool:
    """The coordinator always, and everybody once it is published. Whoever rates in an open study never."""
    if person is not None and study.coordinator_id == person.pk and studies.may_manage(person, study):
        return True
    if person is not None and study.state != Study.State.LOCKED and _rates_in(person, study):
        return False
    return study.published or bool(person and studies.may_manage(person, study))


def find(name: str) -> Study | None:
    """A study by its address or its id."""
    with suppress(ValueError):
        by_id = Study.objects.select_related("rubric", "coordinator").filter(pk=uuid.UUID(name)).first()
        if by_id is not None:
            return by_id
    return studies.find(name)


def dashboard(study: Study, shown: Sequence[str] = DEFAULT, sort: str = "") -> Dashboard:
    """Everything kept of a study's agreement. `sort` names a column, descending after a "-"."""
    rubric = rubrics.of_results(study)
    tallies = list(AgreementTally.objects.filter(study=study).defer("state"))
    used = {name for tally in tallies for name in tally.estimates.get("coefficients", {})}
    choices = tuple(
        (key, label, key in shown) for key, (label, names) in COLUMNS.items() if used.intersection(names)
    )
    columns = tuple((key, label) for key, label, is_shown in choices if is_shown)
    members = Membership.objects.filter(study=study).exclude(state=Membership.State.WITHDRAWN)
    sizes = Counter(members.values_list("group", flat=True))
    groups = []
    for group in RaterGroup.objects.filter(study=study):
        own = {tally.variable: tally for tally in tallies if tally.group_id == group.pk}
        rows = [_row(rubric, each, own[each.id], columns) for each in variables(rubric) if each.id in own]
        pairs = next(iter(own.values())).estimates.get("screens", {}) if own else {}
        groups.append(
            GroupAgreement(
                group,
                sizes[group.pk],
                pairs.get("planned", 0),
                pairs.get("rated", 0),
                tuple(_sorted(rows, columns, sort)),
            )
        )
    waiting = RatingRevision.objects.filter(membership__study=study, counted=False).exists()
    return Dashboard(study, columns, choices, tuple(groups), waiting, sort)


def row_of(study: Study, group_id: int, variable_id: str) -> tuple[RaterGroup, VariableRow] | None:
    """One variable of one group with all its coefficients; None where nothing is rated."""
    group = RaterGroup.objects.filter(study=study, pk=group_id).first()
    tally = (
        AgreementTally.objects.filter(study=study, group=group_id, variable=variable_id)
        .defer("state")
        .first()
    )
    rubric = rubrics.of_results(study)
    known = next((each for each in variables(rubric) if each.id == variable_id), None)
    if group is None or tally is None or known is None:
        return None
    return group, _row(rubric, known, tally, ())


def system_names(study: Study) -> dict[int, str]:
    """Whose answers were rated, by id: nobody's before the study is locked."""
    if study.state != Study.State.LOCKED:
        return {}
    return dict(StudySystem.objects.filter(study=study).values_list("pk", "name"))


def value_labels(rubric: Rubric, variable: Variable) -> dict[str, str]:
    """What the values of a variable are called in the rubric."""
    axis = rubric.axis(variable.axis)
    named = {option.value: option.label for option in axis.options}
    if variable.kind == "pairwise":
        named = {
            "a_much": gettext("one answer, much"),
            "a": gettext("one answer"),
            "tie": gettext("tie"),
            "b": gettext("the other answer"),
            "b_much": gettext("the other answer, much"),
        }
    fixed = {"yes": gettext("yes"), "no": gettext("no"), "met": gettext("met"), "not_met": gettext("not met")}
    return {**fixed, **named}


def _rates_in(person: User, study: Study) -> bool:
    own = Membership.objects.filter(study=study, rater=person)
    return own.exclude(state=Membership.State.WITHDRAWN).exists()


def _row(
    rubric: Rubric, variable: Variable, tally: AgreementTally, columns: Sequence[tuple[str, Any]]
) -> VariableRow:
    estimates = tally.estimates
    found = estimates.get("coefficients", {})
    labels = value_labels(rubric, variable)
    shares = _shares(variable, estimates.get("prevalence", {}), labels)
    named = {"prevalence": {share.label: share.estimate for share in shares}} if shares else {}
    return VariableRow(
        variable=variable,
        level=variable.scale.level if variable.scale else "",
        n_ratings=tally.n_ratings,
        pairs=estimates.get("pairs", 0),
        cells=tuple(_first(found, COLUMNS[key][1]) for key, _ in columns),
        coefficients=tuple((_label(name), found[name]) for name in sorted(found, key=_order)),
        shares=shares,
        numbers=estimates.get("numbers"),
        reading=reading(estimates),
        cautions=tuple(cautions({**estimates, **named}, tally.n_ratings, MOST_REALS)),
        results=estimates.get("systems", {}),
        estimates=estimates,
    )


def _shares(
    variable: Variable, prevalence: Mapping[str, Mapping[str, Any]], labels: Mapping[str, str]
) -> tuple[Share, ...]:
    """In the order of the scale, which a JSON column does not keep."""
    scale = [str(category) for category in (variable.scale.categories or ())] if variable.scale else []
    return tuple(Share(labels.get(each, each), prevalence[each]) for each in scale if each in prevalence)


def _order(name: str) -> tuple[int, str]:
    known = list(LABELS)
    return (known.index(name) if name in known else len(known), name)


def _label(name: str) -> Any:
    return LABELS.get(name, name.removeprefix("icc_"))


def _first(found: Mapping[str, Any], names: Sequence[str]) -> Mapping[str, Any] | None:
    return next((found[name] for name in names if name in found), None)


def _sorted(rows: list[VariableRow], columns: Sequence[tuple[str, Any]], sort: str) -> Sequence[VariableRow]:
    """By the value of a column, those without one last; in the rubric's order where no column is named."""
    keys, key = [name for name, _ in columns], sort.removeprefix("-")
    if key not in keys:
        return rows
    place, sign = keys.index(key), -1 if sort.startswith("-") else 1

    def order(row: VariableRow) -> tuple[bool, float]:
        value = (row.cells[place] or {}).get("value")
        return (value is None, sign * (value or 0.0))

    return sorted(rows, key=order)
