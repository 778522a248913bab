"""Every setting, from the environment, failing loudly. With nothing set: one machine, embedded services."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured

from consilium import backing_services, embedded
from consilium import environment as env
from telemetry import log_lines

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parents[2]
STATE_DIR = embedded.state_folder()
VERSION = "0.1.0"

DEBUG = env.boolean("DEBUG", default=False)
HTTPS = env.boolean("CONSILIUM_HTTPS", default=False)  # the site is reached over https
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", [])
DATABASE_URL = env.secret("DATABASE_URL")
BROKER_URL = env.secret("CELERY_BROKER_URL")
if DATABASE_URL and not DEBUG and not env.secret("SECRET_KEY"):
    raise ImproperlyConfigured(
        "Set SECRET_KEY (or SECRET_KEY_FILE): DATABASE_URL is set, so this is a deployment"
    )
SECRET_KEY = env.secret("SECRET_KEY") or backing_services.own_secret_key(STATE_DIR)
SIGNING_KEY = backing_services.signing_key(STATE_DIR)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
    "template_partials",
    "telemetry",
    "accounts",
    "evaluation",
    "raters",
    "leaderboard",
    "workers",
    "consilium",
]

MIDDLEWARE = [
    "telemetry.visits.VisitMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.sessions.AuthenticationMiddleware",
    "accounts.languages.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "consilium.content_policy.ContentPolicyMiddleware",
    "accounts.second_factors.DemandMiddleware",
    "consilium.privileged_addresses.PrivilegedActsMiddleware",
]

ROOT_URLCONF = "consilium.urls"
WSGI_APPLICATION = "consilium.wsgi.application"
ASGI_APPLICATION = "consilium.asgi.application"

TEMPLATES = [
    {
        "NAME": "django",
        "BACKEND": "consilium.page_templates.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": env.integer("CONN_MAX_AGE", 60),
        "CONN_HEALTH_CHECKS": True,
        **backing_services.database(DATABASE_URL, STATE_DIR),
    },
}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)
PREPARE_STATEMENTS = env.boolean("PREPARE_STATEMENTS", default=True)  # off behind a pooler that knows none
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Sign-in limits and API throttles must be shared by every web process and survive the broker: the database.
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # far more than there are people, so that nobody can push a sign-in limit out with noise
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Without a mail server nothing is sent and nothing waits for mail.
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.integer("EMAIL_PORT", 587)
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", default=True)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.secret("EMAIL_HOST_PASSWORD")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "consilium@localhost")
LOGIN_REDIRECT_URL = "evaluation:submissions"
LOGIN_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional" if EMAIL_HOST else "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,6/5m/key", "signup": "20/h/ip"}
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
MFA_ADAPTER = "accounts.second_factors.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG and not HTTPS  # http://localhost, and nothing else browsers allow
MFA_ALLOW_UNVERIFIED_EMAIL = True  # not every site has a mail server
REQUIRE_SECOND_FACTOR = env.boolean("REQUIRE_SECOND_FACTOR", default=HTTPS and not DEBUG)  # of administrators
MFA_TOTP_ISSUER = "Consilium"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off

SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
TRUST_PROXY = env.boolean("TRUST_PROXY", default=False)  # one proxy in front says who the client is
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY else None
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "platform" / "locale"]
FORMAT_MODULE_PATH = ["consilium.formats"]  # numbers are written alike in every language
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_SECURE = HTTPS
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT") or STATE_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "platform" / "static", ("pictures", BASE_DIR / "docs" / "pictures")]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "consilium.static_files.ChartLibraryFinder",
]
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False  # our own pages alone load them

MEDIA_ROOT = STATE_DIR / "files"
S3_BUCKET = env.text("S3_BUCKET")
DOWNLOAD_SECONDS = env.integer("DOWNLOAD_SECONDS", 300)  # how long the address of a kept file opens it


STORAGES = {
    "default": (
        {
            "BACKEND": "consilium.object_store.ObjectStore",
            "OPTIONS": backing_services.object_store(S3_BUCKET, DOWNLOAD_SECONDS),
        }
        if S3_BUCKET
        else {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    ),
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "consilium.static_files.ModuleStorage"
        )
    },
}
SUBMISSIONS_PER_DAY = env.integer("SUBMISSIONS_PER_DAY", 100)  # scored runs of one person on one benchmark
# Endpoints that may be private, local or without TLS: host or host:port. Every submitter may name these.
ENDPOINT_ALLOWED_HOSTS = env.words("ENDPOINT_ALLOWED_HOSTS", [])
# Keys of endpoints are sealed with the first of these and opened with any: newest first, with commas between.
ENDPOINT_KEY_SECRETS = [
    each.strip() for each in env.secret("ENDPOINT_KEY_SECRETS").split(",") if each.strip()
] or [SECRET_KEY]
UPLOAD_LIMIT_BYTES = env.integer("UPLOAD_LIMIT_MB", 200) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # forms; files are streamed to disk
FILE_UPLOAD_HANDLERS = ["consilium.temporary_uploads.TidyUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600

CELERY_BROKER_URL = BROKER_URL or embedded.broker_url(STATE_DIR)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = (
    None  # a broker that is away comes back; the ledger loses nothing meanwhile
)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    "visibility_timeout": 3600,
}
CELERY_TASK_PUBLISH_RETRY = False  # a nudge that cannot be sent is not waited for: the sweep sends another
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
SWEEP_SECONDS = env.integer("SWEEP_SECONDS", 5)
CELERY_BEAT_SCHEDULER = "consilium.steady_beat:SteadyScheduler"
# of many that waited one will do; the clock of whoever takes it may be seconds ahead
_SWEEP_WITHIN = {"expires": max(60, SWEEP_SECONDS)}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "workers.sweep", "schedule": SWEEP_SECONDS, "options": _SWEEP_WITHIN}
}
LEASE_SECONDS = env.integer("LEASE_SECONDS", 60)  # a chunk whose worker is silent for so long is free again
CHUNK_ITEMS = env.integer("CHUNK_ITEMS", 20_000)  # items of one task scored between two commits
WORKER_QUEUES = env.words("WORKER_QUEUES", ["cpu", "gpu", "io"])  # of models; gpu only where there is a card
MODEL_TURN_SECONDS = env.integer("MODEL_TURN_SECONDS", 120)  # one run's turn while somebody else's waits
KEEP_SECONDS = env.integer("KEEP_SECONDS", 2)  # a killed worker costs the answers of so long
MODEL_FOLDERS = env.words("MODEL_FOLDERS", [str(STATE_DIR / "models")])  # submitters may name what lies there
VLLM_PYTHON = env.text("CONSILIUM_VLLM_PYTHON")  # an interpreter that has vLLM, where it is not this one

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "accounts.schema.RefusingSchema",
    "DEFAULT_THROTTLE_CLASSES": ["accounts.throttling.PersonThrottle"],
    "DEFAULT_THROTTLE_RATES": {"person": env.text("API_RATE", "1200/min")},
    "NUM_PROXIES": 1 if TRUST_PROXY else 0,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Consilium",
    "DESCRIPTION": "Submit predictions, follow runs, read boards.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

SILENCED_SYSTEM_CHECKS = (
    ["security.W004", "security.W008", "security.W012", "security.W016"] if not HTTPS else []
)

LOGGING = log_lines.settings(
    env.text("LOG_FORMAT", "text" if DEBUG else "json"), env.text("LOG_LEVEL", "INFO")
)
SLOW_QUERY_MS = env.integer("SLOW_QUERY_MS", 200)  # what takes longer is logged, without its values
METRICS_TOKEN = env.secret("METRICS_TOKEN")  # /metrics asks for it; without one only this machine may look
