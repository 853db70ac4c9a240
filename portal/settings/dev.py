"""Settings of `make up`: plain HTTP on the loopback address, a key kept under `var/`."""

from portal.settings.base import *
from portal.settings.env import env

SECRET_KEY: str = env.str("SECRET_KEY", default="development-only")
DEMO_ALLOWED = True
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
