"""Giving people their roles."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

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
        super().save_model(request, obj, form, change)
