"""The people of a study: groups, invitations, and who leaves."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import PersonRequest
from raters.forms import GroupForm, InviteForm
from raters.selectors import members
from raters.services import people as service
from raters.services.refusals import RefusalError
from raters.views.managing import coordinating, told


@coordinating
@require_safe
def people(request: PersonRequest, study: Any) -> HttpResponse:
    return _page(request, study)


@coordinating
@require_POST
def invite(request: PersonRequest, study: Any) -> HttpResponse:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, study, invitation=form)
    chosen = form.cleaned_data
    try:
        report = service.invite(study, chosen["group"], form.listed(), chosen["at_most"])
    except RefusalError as refusal:
        form.add_error("names", refusal.message)
        return _page(request, study, invitation=form)
    _tell(request, report)
    return redirect("raters:people", study.slug)


@coordinating
@require_POST
def keep_group(request: PersonRequest, study: Any, group: int | None = None) -> HttpResponse:
    """Add a group, or change one."""
    form = GroupForm(request.POST, prefix=f"group{group or ''}")
    if form.is_valid():
        try:
            kept = service.keep_group(study, group, **form.cleaned_data)
        except RefusalError as refusal:
            if group is not None and study.state != "draft":  # its form is on no page
                messages.error(request, refusal.message)
            form.add_error("name", refusal.message)
        else:
            messages.success(request, _saved(study, kept))
            return redirect("raters:people", study.slug)
    return _page(request, study, changing=form, group=group)


@coordinating
@require_POST
def remove_group(request: PersonRequest, study: Any, group: int) -> HttpResponse:
    told(request, lambda: service.remove_group(study, group), lambda _none: _("The group is removed."))
    return redirect("raters:people", study.slug)


@coordinating
@require_POST
def remove(request: PersonRequest, study: Any, member: int) -> HttpResponse:
    told(
        request,
        lambda: service.remove(study, member),
        lambda name: _("%(name)s is no longer in the study.") % {"name": name},
    )
    return redirect("raters:people", study.slug)


@coordinating
@require_POST
def end(request: PersonRequest, study: Any, member: int) -> HttpResponse:
    told(
        request,
        lambda: service.end(study, member),
        lambda name: _("%(name)s rates no more. What was unfinished went to others.") % {"name": name},
    )
    return redirect("raters:people", study.slug)


@coordinating
@require_POST
def plan_again(request: PersonRequest, study: Any) -> HttpResponse:
    told(
        request,
        lambda: service.plan_again(study),
        lambda made: _("What nobody had opened is planned again: %(n)d screens.") % {"n": made},
    )
    return redirect("raters:people", study.slug)


def _page(
    request: PersonRequest,
    study: Any,
    invitation: InviteForm | None = None,
    changing: GroupForm | None = None,
    group: int | None = None,
) -> HttpResponse:
    groups = members.groups_of(study)
    offered = [(rows.group.pk, rows.group.name) for rows in groups]
    form = (invitation or InviteForm()).offering(offered)
    shown = [
        (rows, changing if changing and rows.group.pk == group else _group_form(rows.group))
        for rows in groups
    ]
    context = {
        "study": study,
        "groups": shown,
        "invitation": form,
        "new_group": changing if changing and group is None else GroupForm(prefix="group"),
        "changed": group if changing else None,
        "waits": sum(rows.waits for rows in groups),
    }
    status = 400 if invitation or changing else 200
    return render(request, "raters/people.html", context, status=status)


def _group_form(group: Any) -> GroupForm:
    names = ("name", "specialties", "languages", "needs_credential")
    return GroupForm(initial={name: getattr(group, name) for name in names}, prefix=f"group{group.pk}")


def _saved(study: Any, group: Any) -> str:
    if study.state == "open":
        return _('The group "%(name)s" is added: invite its raters, and they get a plan of all items.') % {
            "name": group.name
        }
    return _('The group "%(name)s" is saved.') % {"name": group.name}


def _tell(request: PersonRequest, report: Any) -> None:
    if report.invited:
        text = _("Invited: %(names)s.") % {"names": ", ".join(report.invited)}
        planned = _("%(n)d screens are planned for the open study.") % {"n": report.screens}
        messages.success(request, f"{text} {planned}" if report.screens else text)
    if report.already:
        messages.info(request, _("In the study already: %(names)s.") % {"names": ", ".join(report.already)})
    if report.unknown:
        text = _(
            "No rater is known by: %(names)s. They need an account here with the role of a rater, which an "
            "administrator gives."
        )
        messages.warning(request, text % {"names": ", ".join(report.unknown)})
    if report.doubtful:
        text = _("Several accounts have the address %(names)s: invite by user name.")
        messages.warning(request, text % {"names": ", ".join(report.doubtful)})
