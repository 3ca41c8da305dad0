"""Every setting of the house, each read once (docs/operating.md explains them)."""

from pathlib import Path

from config import VERSION
from config.bot.intents import INTENTS, USUAL
from config.environment import Environment, kept_secret
from config.logs import logging_of

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
env.read_file(BASE_DIR / ".env")

# Every process leaves it beside its sign of life.
GUILDHALL_VERSION = VERSION

# Where the house keeps what is its own: the embedded database, the secret key, the static files.
GUILDHALL_DATA = env.folder("GUILDHALL_DATA", default=BASE_DIR / ".data")
BACKUPS = env.folder("BACKUP_FOLDER", default=GUILDHALL_DATA / "backups")

DEBUG = env.yes_or_no("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY") or kept_secret(GUILDHALL_DATA / "secret_key")

# The address people type. Everything that differs between http and https follows from it.
PUBLIC_URL = env.address("PUBLIC_URL", default="http://localhost:8000")
IS_HTTPS = PUBLIC_URL.scheme == "https"
PUBLIC_HOST = PUBLIC_URL.netloc.removesuffix(f":{PUBLIC_URL.port}")
ALLOWED_HOSTS = [PUBLIC_HOST, "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL.geturl()]

# Only a web server in front of us makes https; unless told otherwise, it runs on this machine.
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES", default=["127.0.0.1", "::1"] if IS_HTTPS else [])
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SECURE_SSL_REDIRECT = IS_HTTPS
# The machine itself asks these, without going through the web server in front.
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if IS_HTTPS else 0
# For this host alone: what its neighbours do, and lists of browsers, are their owner's affair.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' https://cdn.discordapp.com; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)

# A browser takes a __Host- cookie only over https, for this very host, and from nobody else.
COOKIE_PREFIX = "__Host-" if IS_HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}guildhall"
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_AGE = 2 * 60 * 60
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}guildhall-csrf"
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Apps: the house first, in order of dependency; then the library.
HOUSE_APPS = ["config", "community", "activity", "economy", "moderation"]
INSTALLED_APPS = [
    *HOUSE_APPS,
    "django_q",
    "community.desk.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",  # it writes operator classes into indexes
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "community.desk.middleware.SafeHeaders",
    "community.desk.proxies.BehindProxies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "community.desk.middleware.SessionClock",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "community.desk.current_guild.CurrentGuild",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
WEB_THREADS = env.whole_number("WEB_THREADS", default=8)

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
                "community.desk.navigation.desk",
            ],
            "libraries": {"desk": "community.desk.tags"},
        },
    },
]

# Without DATABASE_URL the house runs its own PostgreSQL in GUILDHALL_DATA (config/postgres).
DATABASES = {
    "default": env.database(
        "DATABASE_URL",
        folder=GUILDHALL_DATA,
        conn_max_age=env.whole_number("DATABASE_CONN_MAX_AGE", default=60, least=0),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "community.Staff"
AUTHENTICATION_BACKENDS = ["community.desk.backend.StaffBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "MinimumLengthValidator": {"min_length": 12},
        "CommonPasswordValidator": {},
        "UserAttributeSimilarityValidator": {},
    }.items()
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"

STATIC_URL = "static/"
STATIC_ROOT = GUILDHALL_DATA / "static"
STATICFILES_DIRS = [BASE_DIR / "community/desk/static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Discord. Another address than the usual leads to the sandbox.
DISCORD_TOKEN = env.text("DISCORD_TOKEN")
DISCORD_API_BASE = env.text("DISCORD_API_BASE", default="https://discord.com/api/v10").rstrip("/")
DISCORD_GATEWAY = env.text("DISCORD_GATEWAY", default="wss://gateway.discord.gg/")
DISCORD_INTENTS = env.words("DISCORD_INTENTS", INTENTS, default=USUAL)
DISCORD_SHARDS = env.shards("DISCORD_SHARDS")
# The mirror remembers members in the database; the library's own memory of them is not needed.
DISCORD_MEMBER_CACHE = env.yes_or_no("DISCORD_MEMBER_CACHE", default=False)
DISCORD_CHUNKING = env.yes_or_no("DISCORD_CHUNKING", default=True)
DISCORD_READY_PAUSE_MS = env.whole_number("DISCORD_READY_PAUSE_MS", default=2000)
# Without a token `up` runs the sandbox here, or on a free port when this one is taken.
SANDBOX_PORT = env.whole_number("SANDBOX_PORT", default=3500)
BOT_DATABASE_THREADS = env.whole_number("BOT_DATABASE_THREADS", default=4)
# What is told of messages is written in batches; while the database is away, so much is kept.
ACTIVITY_BATCH = env.whole_number("ACTIVITY_BATCH", default=1_000)
ACTIVITY_BATCH_MS = env.whole_number("ACTIVITY_BATCH_MS", default=1_000)
ACTIVITY_BUFFER = env.whole_number("ACTIVITY_BUFFER", default=200_000)

# The clock (config/schedules.py says what it rings, config/clock how). django-q's own scheduler
# stays off: one bad row would stop every schedule.
Q_CLUSTER = {
    "name": "guildhall",
    "orm": "default",
    "broker_class": "config.clock.queue.Queue",
    "workers": env.whole_number("CLOCK_WORKERS", default=2),
    "queue_limit": 4,
    "bulk": 1,
    "poll": 0.5,
    "timeout": 60,
    "retry": 400,  # longer than a task can wait and run, with a single worker, too
    "max_attempts": 3,
    "catch_up": False,
    "save_limit": 100,
    "scheduler": False,
    "label": "Clock",
}

LOGGING = logging_of(
    style=env.one_of("LOG_FORMAT", ["text", "json"], default="text"),
    level=env.one_of("LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR"], default="INFO"),
    secrets=[SECRET_KEY, DISCORD_TOKEN, DATABASES["default"].get("PASSWORD", "")],
)
