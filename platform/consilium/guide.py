"""The page that shows programmers how to begin."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET


@require_GET
def api(request: HttpRequest) -> HttpResponse:
    return render(request, "api.html", {"site": request.build_absolute_uri("/").rstrip("/")})
