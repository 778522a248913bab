"""Reads that pages and programs need."""

from django.db.models import QuerySet

from accounts.models import ApiToken, User


def tokens_of(owner: User) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(owner=owner)


def person_named(username: str) -> User | None:
    return User.objects.filter(username=username).first()
