"""Settings of the tests: fast hashing, templates that coverage can follow."""

from portal.settings.base import *
from portal.settings.env import env

SECRET_KEY = "tests"
ENCRYPTION_KEYS = ["tests"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEMO_ALLOWED = True
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.locmem.EmailBackend")
CELERY_TASK_ALWAYS_EAGER = env.bool("CELERY_TASK_ALWAYS_EAGER", default=True)
CELERY_TASK_EAGER_PROPAGATES = True
TEMPLATES[0]["OPTIONS"]["debug"] = True  # type: ignore[index]
# Static files from where they are written, without collecting them first.
WHITENOISE_AUTOREFRESH = True
STATIC_ROOT = None  # type: ignore[assignment]
WHITENOISE_USE_FINDERS = True
IMPORT_ALLOWED_SOURCES = env.list("IMPORT_ALLOWED_SOURCES", default=["/srv/git"])
