"""Every knob, once. The environment is read here and nowhere else; docs/settings.md names each."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from replay import env

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = next(line[3:].strip() for line in (BASE_DIR / "CHANGELOG.md").read_text().splitlines() if line.startswith("## "))

# Where it runs
PORT = env.integer("PORT", 8000, least=1, most=65535)
DEMO_PORT = env.integer("DEMO_PORT", PORT + 1, least=1, most=65535)
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "data"))).absolute()
PUBLIC_URL = env.origin("PUBLIC_URL", f"http://localhost:{PORT}")
PLAYER_ORIGIN = env.origin("PLAYER_ORIGIN")  # empty: localhost ↔ 127.0.0.1 at home, else PUBLIC_URL itself
DEBUG = env.boolean("DEBUG", False)
_PLAYER_HOST = urlsplit(PLAYER_ORIGIN).hostname
_HOSTS = ("localhost", "127.0.0.1", "[::1]", urlsplit(PUBLIC_URL).hostname)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ",".join(filter(None, _HOSTS)))
ALLOWED_HOSTS += [_PLAYER_HOST] if _PLAYER_HOST else []  # whatever is given: without it no replay would show
TRUST_PROXY = env.boolean("TRUST_PROXY", False)  # believe X-Forwarded-For and -Proto of the proxy in front
IS_HTTPS = PUBLIC_URL.startswith("https://")


def _secret_key() -> str:
    """Return SECRET_KEY, or on the embedded default one that is made once and kept beside the data."""
    if given := env.text("SECRET_KEY"):
        if len(given) < 32:
            raise env.BadSetting("SECRET_KEY", "is shorter than 32 characters")
        return given
    path = DATA_DIR / "secret_key"
    try:
        return path.read_text()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
        return path.read_text()


SECRET_KEY = _secret_key()


# Database
def _database(url: str) -> dict[str, Any]:
    """Return Django's settings for sqlite:///path or postgres://user:password@host:port/name."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",  # a writer that waits beats a writer that fails
                "timeout": 20,  # seconds
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 0,
            "CONN_HEALTH_CHECKS": True,  # after a failover the pool hands out no dead connection
            "OPTIONS": {
                "connect_timeout": 5,  # seconds; and a network that swallows what is sent is noticed as soon
                "keepalives_idle": 10,
                "keepalives_interval": 5,
                "keepalives_count": 3,
                "tcp_user_timeout": 20_000,  # milliseconds
                "pool": {
                    "min_size": 1,
                    "max_size": env.integer("DATABASE_POOL_MAX", 8, least=4, most=200),  # two belong to the writer
                    "timeout": 10,
                },
            },
        }
    raise env.BadSetting("DATABASE_URL", f"begins with {parts.scheme!r}; say sqlite:///path or postgres://…")


DATABASES = {"default": _database(env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'playhead.sqlite3'}"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Blob store
STORE = env.choice("STORE", "local", ("local", "s3", "memory"))
STORE_LOCAL_DIR = Path(env.text("STORE_LOCAL_DIR", str(DATA_DIR / "store"))).absolute()
STORE_LEAST_FREE_MIB = env.integer("STORE_LEAST_FREE_MIB", 256, least=1, most=1_048_576)
STORE_PUT_TIMEOUT_S = env.integer("STORE_PUT_TIMEOUT_S", 20, least=1, most=300)
S3_ENDPOINT_URL = env.text("S3_ENDPOINT_URL")
S3_BUCKET = env.text("S3_BUCKET", "playhead")
S3_REGION = env.text("S3_REGION", "us-east-1")
S3_ACCESS_KEY_ID = env.text("S3_ACCESS_KEY_ID")
S3_SECRET_ACCESS_KEY = env.text("S3_SECRET_ACCESS_KEY")

# What one process holds, and how much it takes from whom (docs/operations.md says how to choose)
INGEST_HELD_MIB = env.integer("INGEST_HELD_MIB", 64, least=8, most=16_384)
INGEST_SOCKETS = env.integer("INGEST_SOCKETS", 10_000, least=1, most=1_000_000)
INGEST_SOCKETS_PER_ADDRESS = env.integer("INGEST_SOCKETS_PER_ADDRESS", 1_000, least=1, most=1_000_000)
INGEST_ACCEPTS_PER_S = env.integer("INGEST_ACCEPTS_PER_S", 500, least=10, most=100_000)
INGEST_HANDSHAKES_PER_S = env.integer("INGEST_HANDSHAKES_PER_S", 100, least=1, most=100_000)
INGEST_HELLOS_PER_MIN = env.integer("INGEST_HELLOS_PER_MIN", 12_000, least=1, most=10_000_000)
INGEST_CHUNKS_PER_S = env.integer("INGEST_CHUNKS_PER_S", 500, least=1, most=1_000_000)
INGEST_PROJECT_MIB_PER_S = env.integer("INGEST_PROJECT_MIB_PER_S", 64, least=1, most=1_000_000)
INGEST_PROJECT_GIB_PER_DAY = env.integer("INGEST_PROJECT_GIB_PER_DAY", 100, least=0, most=1_000_000)
INGEST_UNLIMITED_NETWORKS = env.networks("INGEST_UNLIMITED_NETWORKS", "127.0.0.0/8,::1/128")
HOLE_AFTER_H = env.integer("HOLE_AFTER_H", 25, least=1, most=240)  # a day in the page's spool, and an hour
IMPORT_MAX_MIB = env.integer("IMPORT_MAX_MIB", 256, least=1, most=16_384)  # of a file as it is uploaded

# What a worker does with chunks
COMPACT_AFTER_S = env.integer("COMPACT_AFTER_S", 900, least=0, most=86_400)  # 0: they stay chunks
COMPACT_MEMORY_MIB = env.integer("COMPACT_MEMORY_MIB", 2_048, least=256, most=65_536)
COMPACT_TIMEOUT_S = env.integer("COMPACT_TIMEOUT_S", 60, least=1, most=300)

# What operators read
METRICS_TOKEN = env.text("METRICS_TOKEN")
if METRICS_TOKEN and len(METRICS_TOKEN) < 16:
    raise env.BadSetting("METRICS_TOKEN", "is shorter than 16 characters")
WORKER_PORT = env.integer("WORKER_PORT", 0, least=0, most=65535)  # 0: the worker answers nobody

# Channel layer
REDIS_URL = env.text("REDIS_URL")
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    )
}

# Django
ROOT_URLCONF = "replay.urls"
ASGI_APPLICATION = "replay.asgi.application"
AUTH_USER_MODEL = "accounts.User"
SITE_ID = None
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "replay.accounts",
    "replay.people",
    "replay.index",
    "replay.worker",
    "replay.pages",
    "replay.embedded",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "replay.pages.zone.viewer_zone",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "replay.pages.context.frame",
            ]
        },
    }
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"

# Signing in (django-allauth): by e-mail and password; nobody signs up by themselves
ACCOUNT_ADAPTER = "replay.accounts.adapter.Adapter"
ACCOUNT_FORMS = {
    "login": "replay.accounts.forms.LoginForm",
    "reset_password": "replay.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "replay.accounts.forms.ResetPasswordKeyForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # whoever runs the server made the account
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to strangers: it would tell them nothing good
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "20/m/ip,5/5m/key",  # the key is the address that is tried
    "reset_password": "10/m/ip,3/10m/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if TRUST_PROXY else 0

# Cache: counts the tries to sign in; with several web processes they must count together
CACHES = {
    "default": (
        {"BACKEND": "replay.accounts.cache.ForgivingRedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "playhead"}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}


# E-mail
def _email(url: str) -> dict[str, Any]:
    """Return Django's settings for smtp://user:password@host:port, smtp+tls:// (STARTTLS) or smtps:// (TLS at once)."""
    parts = urlsplit(url)
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    if parts.scheme not in ports or not parts.hostname:
        raise env.BadSetting("EMAIL_URL", "is not smtp://, smtp+tls:// or smtps:// with a host")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or ports[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,  # seconds; a page waits for it
    }


EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"  # printed in the log, and the pages say so
EMAIL_IS_SET_UP = False
if _email_url := env.text("EMAIL_URL"):
    globals().update(_email(_email_url))
    EMAIL_IS_SET_UP = True
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM") or f"Playhead <playhead@{urlsplit(PUBLIC_URL).hostname}>"

# Static files; the built JavaScript lands in static/dist
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
_collected = env.text("STATIC_ROOT")
STATIC_ROOT = Path(_collected or DATA_DIR / "static").absolute()
if not _collected:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # empty at home; WhiteNoise warns of a missing one
WHITENOISE_USE_FINDERS = not _collected  # a server that reads static/ itself cuts what a build replaces meanwhile
WHITENOISE_AUTOREFRESH = DEBUG

# Words and times
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Behind TLS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "playhead_session", "playhead_csrf"  # cookies know no port: others serve on this host
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "replay.pages.errors.csrf_failed"
X_FRAME_OPTIONS = "DENY"

# What our own pages may load and do: our files, our sockets, and the stage in a frame. Recorded content never runs here
PLAYER_ORIGINS = [PLAYER_ORIGIN] if PLAYER_ORIGIN else [f"http://localhost:{PORT}", f"http://127.0.0.1:{PORT}"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'", PUBLIC_URL.replace("http", "ws", 1)],  # older Safari: 'self' is not ws://
        "frame-src": ["'self'", *PLAYER_ORIGINS],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = False

# Logs are events with ids, never recorded content; requests are counted (/metrics), not logged
LOG_FORMAT = env.choice("LOG_FORMAT", "text", ("text", "json"))
_QUIET: dict[str, Any] = {"handlers": [], "level": "ERROR", "propagate": False}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"text": {"()": "replay.logs.TextFormatter"}, "json": {"()": "replay.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))},
    "loggers": {
        "uvicorn": {"handlers": ["stderr"], "propagate": False},  # else it writes its own way
        "uvicorn.error": {"handlers": [], "level": "WARNING", "propagate": True},  # below that: a line for every socket
        "uvicorn.access": _QUIET,
        "django.request": {"level": "ERROR"},  # who asks for what is not there could fill a disk with it
        "django.server": {"handlers": ["stderr"], "propagate": False},
    },
}
