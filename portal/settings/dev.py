"""Settings of `make up`: plain HTTP on the loopback address, a key kept under `var/`."""

import structlog

from portal.settings.base import *
from portal.settings.env import VAR_DIR, env, kept_secret

SECRET_KEY: str = env.str("SECRET_KEY", default="") or kept_secret("django", VAR_DIR)
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[]) or [kept_secret("encryption", VAR_DIR)]
DEMO_ALLOWED = True
# Without a mail server each mail is a file: seen by whoever looks, in nobody's way.
if not env.str("EMAIL_URL", default=""):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"
# Files come straight from the checkout: there is nothing to collect.
STATIC_ROOT = None  # type: ignore[assignment]
WHITENOISE_USE_FINDERS = True

# Readable lines in the terminal; the same as JSON in a file when `make up` names one.
LOGGING["formatters"]["readable"] = {
    "()": structlog.stdlib.ProcessorFormatter,
    "processors": [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.dev.ConsoleRenderer(
            colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
        ),
    ],
    "foreign_pre_chain": LOG_PROCESSORS,
}
LOGGING["handlers"]["console"] |= {
    "formatter": "readable",
    "level": env.str("LOG_TERMINAL_LEVEL", default="INFO"),
}
if LOG_FILE := env.str("LOG_FILE", default=""):
    LOGGING["handlers"]["file"] = {
        "class": "logging.handlers.WatchedFileHandler",
        "filename": LOG_FILE,
        "formatter": "json",
    }
    LOGGING["root"]["handlers"].append("file")
