"""Who may read the figures: whoever shows METRICS_TOKEN, or where none is set, programs on this machine."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

_FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")


def may_read_figures(request: HttpRequest) -> bool:
    token: str = settings.METRICS_TOKEN
    if token:
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return constant_time_compare(shown.encode(), token.encode())
    return _asks_from_here(request)


def _asks_from_here(request: HttpRequest) -> bool:
    """A proxy on this machine comes from here too, so whoever was passed on is not from here."""
    if settings.TRUST_PROXY or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:  # a socket in the file system has no address
        return False
