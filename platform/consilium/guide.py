"""Pages that explain: how programs begin, what to do about a lost password."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def api(request: HttpRequest) -> HttpResponse:
    return render(request, "api.html", {"site": request.build_absolute_uri("/").rstrip("/")})


@require_safe
def password_without_mail(request: HttpRequest) -> HttpResponse:
    return render(request, "password_without_mail.html")
