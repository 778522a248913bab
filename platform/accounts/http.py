"""Requests as our middleware makes them."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails
from rest_framework.request import Request

from accounts.models import User


class PageRequest(HttpRequest):
    """Any request of a page: htmx says whether a fragment is wanted."""

    htmx: HtmxDetails


class PersonRequest(PageRequest):
    """A request of somebody who is signed in."""

    user: User


class PersonApiRequest(Request):
    """The same of a program."""

    user: User
