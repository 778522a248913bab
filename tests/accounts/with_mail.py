"""The addresses of a site that has a mail server, and a hasher that counts what it is asked."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.urls import include, path

from consilium.urls import urlpatterns as of_a_site_without

urlpatterns = [path("account/", include("allauth.account.urls")), *of_a_site_without]


class CountingHasher(Argon2PasswordHasher):
    computed = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.computed += 1
        return super().encode(password, salt)
