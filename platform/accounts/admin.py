"""Giving people their roles."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from accounts.models import User


@admin.register(User)
class PersonAdmin(UserAdmin[User]):
    fieldsets = (*(UserAdmin.fieldsets or ()), ("Consilium", {"fields": ("roles",)}))
    list_display = ("username", "email", "roles", "is_active", "last_login")
