"""Pages that explain: the guides of docs/, how programs begin, what to do about a lost password."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.documents import INDEX, document
from accounts.pages import depends_on
from evaluation.domain.backends import BACKENDS
from evaluation.domain.prompts.modes import modes


@require_safe
def api(request: HttpRequest) -> HttpResponse:
    context = {
        "site": request.build_absolute_uri("/").rstrip("/"),
        "modes": modes(),
        "backends": list(BACKENDS),
    }
    return render(request, "api.html", context)


@require_safe
def password_without_mail(request: HttpRequest) -> HttpResponse:
    return render(request, "password_without_mail.html")


@require_safe
def guide(request: HttpRequest, name: str = INDEX) -> HttpResponse:
    """A document of docs/, or the list of them by kind of person."""
    written = document(name)
    if written is None:
        raise Http404(_("There is no guide of this name."))
    text = mark_safe(written.html)  # noqa: S308 - ours, rendered without raw HTML
    response = render(request, "guide.html", {"guide": written, "text": text, "is_index": name == INDEX})
    depends_on(response)
    return response
