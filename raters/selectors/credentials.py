"""Credentials: a rater's own, those to be confirmed, and who did what with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.models import Role, User
from raters.domain.credentials import COUNTRIES, SPECIALTIES
from raters.domain.languages import LANGUAGES
from raters.models import Credential, CredentialRecord
from raters.translated_names import named, saying

Standing = Literal["none", "pending", "returned", "confirmed"]

CONTENT = (
    "profession",
    "specialties",
    "languages",
    "country",
    "licence_number",
    "orcid",
    "years_in_practice",
)
STANDINGS: tuple[Standing, ...] = ("pending", "returned", "confirmed")


@dataclass(frozen=True)
class CredentialView:
    """A credential in words; `version` names this content of it, `note` says why it was returned."""

    rater: User
    standing: Standing
    profession: str
    specialties: list[str]
    languages: str
    country: str
    licence_number: str
    orcid: str
    years_in_practice: int | None
    confirmed_by: str
    confirmed_at: Any
    changed_at: Any
    note: str
    is_rater: bool

    @property
    def version(self) -> str:
        return str(self.changed_at.isoformat())


def may_confirm(person: User) -> bool:
    """Coordinators and administrators look at credentials."""
    return person.is_authenticated and person.has_role(Role.COORDINATOR)


def content_of(credential: Credential | None) -> dict[str, Any]:
    """What a rater says of themself, by column; empty values where they have not said anything."""
    one = credential or Credential()
    return {name: getattr(one, name) for name in CONTENT}


def own(rater: User) -> Credential | None:
    found: Credential | None = _with_last_act().filter(rater=rater).first()
    return found


def of_person(username: str) -> Credential | None:
    found: Credential | None = _with_last_act().filter(rater__username=username).first()
    return found


def history(rater: User) -> list[CredentialRecord]:
    """What happened to a credential, the newest first."""
    return list(CredentialRecord.objects.filter(rater=rater).select_related("actor"))


def listed(standing: str = "", words: str = "") -> QuerySet[Credential]:
    """Credentials, those that wait first; each of `words` stands in the name or in what is said."""
    rows = _with_last_act().filter(rater__is_active=True)
    if standing == "confirmed":
        rows = rows.exclude(confirmed_at=None)
    elif standing == "returned":
        rows = rows.filter(confirmed_at=None, last_act=CredentialRecord.Act.RETURNED)
    elif standing == "pending":
        rows = rows.filter(confirmed_at=None).exclude(last_act=CredentialRecord.Act.RETURNED)
    for word in words.replace("\x00", "").split()[:8]:
        rows = rows.filter(_says(word[:80]))
    return rows.order_by(F("confirmed_at").asc(nulls_first=True), "changed_at", "pk")


def number_pending() -> int:
    return listed("pending").count()


def view_of(credential: Credential | None) -> CredentialView | None:
    """A credential in words; None where there is none."""
    if credential is None:
        return None
    standing = _standing(credential)
    return CredentialView(
        rater=credential.rater,
        standing=standing,
        profession=credential.profession,
        specialties=named(credential.specialties, SPECIALTIES),
        languages=", ".join(named(credential.languages, LANGUAGES)),
        country="".join(named([credential.country], COUNTRIES)),
        licence_number=credential.licence_number,
        orcid=credential.orcid,
        years_in_practice=credential.years_in_practice,
        confirmed_by=credential.confirmed_by.get_username() if credential.confirmed_by else "",
        confirmed_at=credential.confirmed_at,
        changed_at=credential.changed_at,
        note=getattr(credential, "last_note", "") if standing == "returned" else "",
        is_rater=credential.rater.has_role(Role.RATER),
    )


def standing_name(standing: str) -> str:
    """A standing in the reader's language."""
    return {
        "none": _("not filled in"),
        "pending": _("waits for a coordinator"),
        "returned": _("returned"),
        "confirmed": _("confirmed"),
    }[standing]


def _standing(credential: Credential) -> Standing:
    if credential.confirmed_at is not None:
        return "confirmed"
    returned = getattr(credential, "last_act", "") == CredentialRecord.Act.RETURNED
    return "returned" if returned else "pending"


def _with_last_act() -> QuerySet[Any]:
    last = CredentialRecord.objects.filter(rater=OuterRef("rater")).order_by("-pk")
    return Credential.objects.select_related("rater", "confirmed_by").annotate(
        last_act=Subquery(last.values("act")[:1]), last_note=Subquery(last.values("note")[:1])
    )


def _says(word: str) -> Q:
    specialties, countries = saying(word, SPECIALTIES), saying(word, COUNTRIES)
    return (
        Q(rater__username__icontains=word)
        | Q(rater__first_name__icontains=word)
        | Q(rater__last_name__icontains=word)
        | Q(profession__icontains=word)
        | Q(licence_number__icontains=word)
        | Q(orcid__icontains=word)
        | Q(country__in=countries)
        | Q(specialties__overlap=specialties)
    )
