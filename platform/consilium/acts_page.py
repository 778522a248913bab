"""Every privileged act on one page, for administrators: who did what to what, when and why."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.admin.models import LogEntry
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.http import PersonRequest
from accounts.models import PrivilegedAct, Role
from accounts.signed_in import signed_in
from leaderboard.files.spreadsheet import defused

PER_PAGE = 50
HEADER = ("at", "by", "kind", "subject", "details", "reason")


class Passing:
    """A file that keeps nothing: what is written to it is handed back, so that a line can be sent at once."""

    def write(self, line: str) -> str:
        return line


class Filter(forms.Form):
    by = forms.CharField(label=_lazy("Who"), required=False, max_length=150)
    subject = forms.CharField(label=_lazy("On what"), required=False, max_length=300)
    kind = forms.ChoiceField(
        label=_lazy("What"), required=False, choices=[("", _lazy("everything")), *PrivilegedAct.Kind.choices]
    )
    since = forms.DateField(
        label=_lazy("From day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_lazy("To day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def chosen(self) -> QuerySet[PrivilegedAct]:
        """The acts wanted, newest first; a filter that cannot be read says so and filters nothing."""
        self.is_valid()
        wanted, given = Q(), getattr(self, "cleaned_data", {})
        if given.get("by"):
            wanted &= Q(by__icontains=given["by"])
        if given.get("subject"):
            wanted &= Q(subject__icontains=given["subject"])
        if given.get("kind"):
            wanted &= Q(kind=given["kind"])
        if given.get("since"):
            wanted &= Q(at__gte=_midnight(given["since"]))
        if given.get("until"):
            wanted &= Q(at__lt=_midnight(given["until"]) + timedelta(days=1))
        return PrivilegedAct.objects.filter(wanted)


@signed_in()
@require_safe
@never_cache
def acts(request: PersonRequest) -> HttpResponse:
    _only_administrators(request)
    form = Filter(request.GET)
    page = Paginator(form.chosen(), PER_PAGE).get_page(request.GET.get("page"))
    rows = [(act, told(act)) for act in page]
    asked = request.GET.copy()
    asked.pop("page", None)
    context = {"form": form, "page": page, "rows": rows, "query": asked.urlencode()}
    return render(request, "acts.html", context)


@signed_in()
@require_safe
@never_cache
def acts_file(request: PersonRequest) -> StreamingHttpResponse:
    """The same as CSV, all pages of it."""
    _only_administrators(request)
    response = StreamingHttpResponse(
        _lines(Filter(request.GET).chosen()), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="privileged-acts.csv"'
    return response


def told(act: PrivilegedAct) -> str:
    """What was chosen; of the administration in its own words."""
    if act.kind != PrivilegedAct.Kind.ADMIN:
        return act.details
    done, _space, message = act.details.partition(" ")
    said = LogEntry(action_flag=2, change_message=message).get_change_message()
    return f"{done}. {said}" if said else done


def _lines(found: QuerySet[PrivilegedAct]) -> Iterator[str]:
    writer = csv.writer(Passing())
    yield writer.writerow(HEADER)
    for act in found.iterator(chunk_size=1000):
        cells: list[Any] = [act.at.isoformat(), act.by, act.kind, act.subject, told(act), act.reason]
        yield writer.writerow([defused(cell) for cell in cells])


def _midnight(day: Any) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _only_administrators(request: PersonRequest) -> None:
    if not request.user.has_role(Role.ADMINISTRATOR):
        raise Http404(_("Only administrators read this."))
