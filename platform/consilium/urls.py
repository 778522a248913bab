"""Which app answers which path."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from consilium import acts_page, guide, health
from consilium.operations import views as operations

# one way in, with its limits and its second factor
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    # patterns are tried one after the other: programs and the rating screen ask most often
    path("api/v1/", include("raters.api_urls")),
    path("api/v1/", include("evaluation.api_urls")),
    path("api/v1/", include("leaderboard.api_urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", include("leaderboard.urls")),
    path("", include("evaluation.urls")),
    path("", include("raters.urls")),
    path("account/", include("accounts.urls")),
    *([] if settings.EMAIL_HOST else [path("account/password/reset/", guide.password_without_mail)]),
    path("account/", include("allauth.account.urls")),
    path("account/second-factor/", include("allauth.mfa.urls")),
    path("api/", guide.api, name="api-guide"),
    path("guide/", guide.guide, name="guides"),
    path("guide/<slug:name>/", guide.guide, name="guide"),
    path("admin/acts/", acts_page.acts, name="privileged-acts"),
    path("admin/acts.csv", acts_page.acts_file, name="privileged-acts-file"),
    path("admin/", admin.site.urls),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", operations.metrics, name="metrics"),
    path("operations/", operations.operations, name="operations"),
]

handler400 = "consilium.refusals.bad_request"
handler404 = "consilium.refusals.not_found"
handler500 = "consilium.unable.server_error"
