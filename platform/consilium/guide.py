"""Pages that explain: how programs begin, what to do about a lost password."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluation.domain.prompts.modes import modes


@require_safe
def api(request: HttpRequest) -> HttpResponse:
    context = {"site": request.build_absolute_uri("/").rstrip("/"), "modes": modes()}
    return render(request, "api.html", context)


@require_safe
def password_without_mail(request: HttpRequest) -> HttpResponse:
    return render(request, "password_without_mail.html")
