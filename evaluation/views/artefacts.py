"""What is kept of a run, for its submitter: the list, and addresses that open a file for a while."""

from __future__ import annotations

import uuid

from django.core import signing
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import PageRequest, PersonRequest
from accounts.signed_in import signed_in
from evaluation.selectors import artefacts
from evaluation.views.submissions import own_submission


@signed_in()
@require_safe
def kept(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """The list alone, which asks for itself again until all is kept."""
    found = own_submission(request, pk)
    context = {"submission": found, "kept": artefacts.of_submission(found)}
    return render(request, "evaluation/_artefacts.html", context)


@signed_in()
@require_safe
def artefact(request: PersonRequest, pk: uuid.UUID, kind: str) -> HttpResponse:
    """To an address that opens the file for a while, without a session."""
    found = artefacts.artefact_of(own_submission(request, pk), kind)
    if found is None:
        raise Http404(_("It is not kept yet. The submission's page says what is."))
    response = redirect(artefacts.address_of(found))
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def artefact_file(request: PageRequest, token: str) -> HttpResponseBase:
    """The file itself, for whoever has the signed address, as long as it is valid."""
    try:
        found = artefacts.opened_by(token)
    except signing.SignatureExpired:
        return _closed(_("This address has expired. Open the submission's page for a new one."))
    except signing.BadSignature:
        return _closed(_("This address is not one of ours, or was cut. Copy the whole of it."))
    if found is None:
        raise Http404(_("What it named is not kept any more."))
    response = FileResponse(
        found.file.open("rb"),
        as_attachment=True,
        filename=artefacts.file_name(found),
        content_type=artefacts.CONTENT_TYPES[found.kind],
    )
    response["Cache-Control"] = "no-store"
    return response


def _closed(said: str) -> HttpResponse:
    return HttpResponse(said, status=403, content_type="text/plain; charset=utf-8")
