"""One system on all boards, and the receipts of its runs."""

from __future__ import annotations

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import signing
from accounts.http import PageRequest
from accounts.pages import depends_on
from evaluation.domain.names import name_key
from leaderboard.forms import query_of
from leaderboard.selectors import public_receipts, systems
from leaderboard.selectors.boards import Slice
from leaderboard.views.asked import Step, asked_slice, dated


@require_safe
@dated
def system(request: PageRequest, key: str) -> HttpResponse:
    folded = name_key(key)
    if not folded:
        raise Http404(_("No board has published results of a system of this name."))
    if folded != key:  # any spelling leads to the one page
        return redirect(reverse("leaderboard:system", args=[folded]))
    as_of = asked_slice(request).as_of
    view = systems.system_view(key, as_of)
    if view is None:
        raise Http404(_("No board has published results of a system of this name."))
    context = {
        "view": view,
        "as_of": as_of,
        "query": query_of(Slice(as_of=as_of)),
        "way": [Step(_("Boards"), reverse("leaderboard:boards")), Step(view.name)],
    }
    return render(request, "leaderboard/system.html", context)


@require_safe
def receipt(request: PageRequest, sha256: str) -> HttpResponse:
    found = _receipt(sha256)
    board = reverse("leaderboard:board", args=[found.slug])
    context = {
        "receipt": found,
        "said": found.manifest,
        "signed_by": signing.key_in_use(),
        "way": [
            Step(_("Boards"), reverse("leaderboard:boards")),
            Step(found.run.submission.version.name, board),
            Step(found.manifest["system"], reverse("leaderboard:system", args=[found.system_key])),
            Step(_("Receipt")),
        ],
    }
    response = render(request, "leaderboard/receipt.html", context)
    depends_on(response, f"board:{found.slug}")
    return response


@require_safe
def receipt_json(request: PageRequest, sha256: str) -> HttpResponse:
    found = _receipt(sha256)
    told = {
        "sha256": found.sha256,
        "withheld": list(found.told.masked),
        "note": (
            "sha256 names the whole manifest as it is kept; what is withheld here is part of it. "
            "Whoever runs this site computes every score again with the command."
        ),
        "command": f"python manage.py recompute {found.sha256}",
        "manifest": found.manifest,
    }
    signed = signing.signed(told)
    response = JsonResponse(signed, json_dumps_params={"indent": 2, "ensure_ascii": False, "sort_keys": True})
    response["Content-Disposition"] = f'attachment; filename="receipt-{found.sha256[:12]}.json"'
    return response


def _receipt(sha256: str) -> public_receipts.PublicReceipt:
    found = public_receipts.public_receipt(sha256)
    if found is None:
        raise Http404(_("No run on a board has this receipt."))
    return found
