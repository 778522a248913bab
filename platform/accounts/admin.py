"""Giving people their roles."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.acts import acting
from accounts.models import Role, User


@admin.register(User)
class PersonAdmin(UserAdmin[User]):
    fieldsets = (*(UserAdmin.fieldsets or ()), ("Consilium", {"fields": ("roles",)}))
    list_display = ("username", "email", "roles", "is_active", "last_login")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """The role opens this site and all in it; losing the role closes it again."""
        was = Role.ADMINISTRATOR in (form.initial.get("roles") or [])
        is_now = Role.ADMINISTRATOR in obj.roles
        if was or is_now:  # one made by createsuperuser has no such role and keeps what it has
            obj.is_staff = obj.is_superuser = is_now
        _acting(request)
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        _acting(request)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        with transaction.atomic():
            _acting(request)
            super().delete_queryset(request, queryset)


def _acting(request: HttpRequest) -> None:
    assert isinstance(request.user, User)
    acting(request.user)
