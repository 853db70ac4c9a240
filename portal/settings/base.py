"""Settings common to development, tests and production."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from csp.constants import NONE, SELF
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.settings.env import BASE_DIR, VAR_DIR, env

DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

INSTALLED_APPS = [
    "django_prometheus",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "rest_framework",
    "rules",
    "template_partials",
    "portal.core",
    "portal.audit",
    "portal.accounts",
    "portal.catalogue",
    "portal.api",
    "portal.notifications",
    "oncall",
    "kpis",
    "portal.integrations",
    "portal.descriptors",
    "portal.scorecards",
    "portal.home",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "portal.accounts.middleware.TimeZoneMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.static", "template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.navigation.navigation",
            ],
        },
    }
]

# --- Data -----------------------------------------------------------------------------------

DATABASES = {
    "default": env.db_url(
        "DATABASE_URL", default="postgres://quarterdeck@127.0.0.1:5432/quarterdeck"
    )
    | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
}
# What the address asks for itself (?sslmode=...) stays.
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 5,
    "application_name": "quarterdeck",
} | DATABASES["default"].get("OPTIONS", {})
REDIS_URL: str = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")

# A cache that is away must never stop anybody from working: this process remembers instead.
CACHES = {
    "default": {
        "BACKEND": "portal.core.caches.FallbackCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "quarterdeck",
        "OPTIONS": {
            "CONNECTION_POOL_CLASS": "portal.core.caches.ImpatientPool",
            "CONNECTION_POOL_KWARGS": {"retry": Retry(NoBackoff(), 0)},
            "SOCKET_CONNECT_TIMEOUT": 0.5,
            "SOCKET_TIMEOUT": 0.5,
        },
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- Background work: the work itself is in PostgreSQL, a message is only a nudge (ADR 0003) --

CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 3600
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # Redis may be away for as long as it likes
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 4000,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "core-beat": {
        "task": "portal.core.tasks.beat",
        "schedule": timedelta(seconds=10),
        "options": {"expires": 10},
    },
    "catalogue-escalate-attestations": {
        "task": "portal.catalogue.tasks.escalate_attestations",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "catalogue-expire-transfers": {
        "task": "portal.catalogue.tasks.expire_transfers",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "audit-sequence": {
        "task": "portal.audit.tasks.sequence",
        "schedule": timedelta(seconds=1),
        "options": {"expires": 1},
    },
    "audit-check-log": {
        "task": "portal.audit.tasks.check_log",
        "schedule": timedelta(hours=24),
        "options": {"expires": 86400},
    },
    "kpis-refresh-scopes": {
        "task": "kpis.tasks.refresh_scopes",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "kpis-recompute": {
        "task": "kpis.tasks.recompute",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "api-forget-answers": {
        "task": "portal.api.tasks.forget_answers",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "integrations-forget-refusals": {
        "task": "portal.integrations.tasks.forget_refusals",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "integrations-process-events": {
        "task": "portal.integrations.tasks.process_events",
        "schedule": timedelta(seconds=3),
        "options": {"expires": 3},
    },
    "descriptors-resume-syncs": {
        "task": "portal.descriptors.tasks.resume_syncs",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "integrations-resume-imports": {
        "task": "portal.integrations.tasks.resume_imports",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "oncall-recompute-due": {
        "task": "oncall.tasks.recompute_due",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "oncall-notice-changes": {
        "task": "oncall.tasks.notice_changes",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "oncall-freeze-shifts": {
        "task": "oncall.tasks.freeze_shifts",
        "schedule": timedelta(minutes=10),
        "options": {"expires": 600},
    },
    "oncall-settle-swaps": {
        "task": "oncall.tasks.settle_swaps",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "oncall-notice-shifts": {
        "task": "oncall.tasks.notice_shifts",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "oncall-send-digests": {
        "task": "oncall.tasks.send_digests",
        "schedule": timedelta(minutes=10),
        "options": {"expires": 600},
    },
    "oncall-count-months": {
        "task": "oncall.tasks.count_months",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "oncall-extend-calendars": {
        "task": "oncall.tasks.extend_calendars",
        "schedule": timedelta(hours=24),
        "options": {"expires": 86400},
    },
    "notifications-deliver": {
        "task": "portal.notifications.tasks.deliver",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "notifications-forget-old": {
        "task": "portal.notifications.tasks.forget_old",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "notifications-mend-notices": {
        "task": "portal.notifications.tasks.mend_notices",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "oncall-check-claims": {
        "task": "oncall.tasks.check_claims",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "scorecards-load-shipped": {
        "task": "portal.scorecards.tasks.load_shipped",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "scorecards-evaluate-all": {
        "task": "portal.scorecards.tasks.evaluate_all",
        "schedule": timedelta(minutes=10),
        "options": {"expires": 600},
    },
    "scorecards-evaluate-changed": {
        "task": "portal.scorecards.tasks.evaluate_changed",
        "schedule": timedelta(seconds=10),
        "options": {"expires": 10},
    },
    "scorecards-expire-exemptions": {
        "task": "portal.scorecards.tasks.expire_exemptions",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "scorecards-advance-initiatives": {
        "task": "portal.scorecards.tasks.advance_initiatives",
        "schedule": timedelta(minutes=10),
        "options": {"expires": 600},
    },
}

# --- People ---------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "portal.accounts.adapter.PasswordBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "portal.accounts.adapter.AccountAdapter"
# How many proxies in front write X-Forwarded-For; the throttles count by the address behind them.
ALLAUTH_TRUSTED_PROXY_COUNT: int = env.int("TRUSTED_PROXY_COUNT", default=0)
ACCOUNT_FORMS = {"login": "portal.accounts.forms.LoginForm"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# A session ends a working day after sign-in, whether the browser was closed or not.
ACCOUNT_SESSION_REMEMBER = True
SESSION_COOKIE_AGE = 12 * 3600
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}

# Where mail goes, such as smtp+tls://user:password@mail.example.com:587.
vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default="quarterdeck@localhost")

# Where people find the portal: messages link there.
PORTAL_URL: str = env.str("PORTAL_URL", default="http://127.0.0.1:8000")
# Which kinds of contact ways people may choose, and which hosts the portal may send to.
NOTIFICATION_KINDS: list[str] = env.list(
    "NOTIFICATION_KINDS", default=["mail", "sms", "slack", "teams", "ntfy", "webhook"]
)
NOTIFICATION_ALLOWED_HOSTS: list[str] = env.list(
    "NOTIFICATION_ALLOWED_HOSTS",
    default=["hooks.slack.com", "*.logic.azure.com", "*.api.powerplatform.com", "ntfy.sh"],
)
# An Apprise URL of whoever sends SMS, with {to} where the number goes; without, no SMS is offered.
NOTIFICATION_SMS_GATEWAY: str = env.str("NOTIFICATION_SMS_GATEWAY", default="")
# How long notices that were read, and the log of deliveries, are kept.
NOTIFICATION_KEPT_DAYS: int = env.int("NOTIFICATION_KEPT_DAYS", default=400)
# Keys that seal contact addresses: the first seals, all of them open.
ENCRYPTION_KEYS: list[str] = env.list("ENCRYPTION_KEYS", default=[])

# --- Security -------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
    }
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Words, times, files --------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
COMPANY_NAME: str = env.str("COMPANY_NAME", default="Company")
# Whether `seed_demo` may fill this portal with made-up people who share a known password.
DEMO_ALLOWED = False
COMPANY_ZONE: str = env.str("COMPANY_ZONE", default="Europe/London")

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "portal" / "static"]

# Folders and URL prefixes the server may read git histories from; empty: nothing but the command.
IMPORT_ALLOWED_SOURCES: list[str] = env.list("IMPORT_ALLOWED_SOURCES", default=[])
IMPORT_PROTOCOLS: list[str] = env.list("IMPORT_PROTOCOLS", default=["file", "https", "ssh", "git"])
IMPORT_MIRROR_DIR = VAR_DIR / "mirrors"
# The longest that one step of git may take, and that a page waits for a preview of tags.
IMPORT_LIMIT_SECONDS: int = env.int("IMPORT_LIMIT_SECONDS", default=1800)
IMPORT_PREVIEW_SECONDS = 5

# How long the word of an owner is good for, and how long a transfer waits for an answer.
ATTESTATION_DAYS: int = env.int("ATTESTATION_DAYS", default=180)
TRANSFER_EXPIRES_DAYS: int = env.int("TRANSFER_EXPIRES_DAYS", default=14)

# What tells whoever comes on call of open matters: functions of `rotas` and `now`.
ONCALL_HANDOVER_SOURCES = ["kpis.selectors.handover.open_incidents"]

# The longest that an application may be exempt from a rule of a scorecard.
SCORECARD_EXEMPTION_MAX_DAYS: int = env.int("SCORECARD_EXEMPTION_MAX_DAYS", default=90)

# How long a team shadows and tries the nights of an application before it owns them, and the notice
# with which they go back. Zero: the next word may be given at once.
OWNERSHIP_SHADOW_DAYS: int = env.int("OWNERSHIP_SHADOW_DAYS", default=14)
OWNERSHIP_TRIAL_DAYS: int = env.int("OWNERSHIP_TRIAL_DAYS", default=28)
OWNERSHIP_NOTICE_DAYS: int = env.int("OWNERSHIP_NOTICE_DAYS", default=28)
# How long it is good what people tell of readiness, and the longest exception from an item of it.
OWNERSHIP_EVIDENCE_DAYS: int = env.int("OWNERSHIP_EVIDENCE_DAYS", default=90)
OWNERSHIP_EXCEPTION_MAX_DAYS: int = env.int("OWNERSHIP_EXCEPTION_MAX_DAYS", default=90)
# Functions that tell what owning the nights brings (`oncall.plans.figures.Figure`), called with
# `application` and `now`.
ONCALL_FIGURES_SOURCES = [
    "kpis.selectors.ownership.figures",
    "oncall.selectors.figures.figures",
]

# How bots sign their commits, and how hotfixes are named: `*` stands for anything.
KPI_BOT_PATTERNS: list[str] = env.list(
    "KPI_BOT_PATTERNS",
    default=["*[bot]", "*[bot]@*", "dependabot*", "renovate*", "github-actions*", "*-bot"],
)
KPI_HOTFIX_PATTERNS: list[str] = env.list("KPI_HOTFIX_PATTERNS", default=["hotfix*", "[hotfix]*"])

# An incident is blamed on the latest deployment that finished at most so long before it.
KPI_ATTRIBUTION_WINDOW_HOURS: int = env.int("KPI_ATTRIBUTION_WINDOW_HOURS", default=24)

# Under which name the log of the audit trail is signed, and the folder of the keys that sign it.
AUDIT_ORIGIN: str = env.str("AUDIT_ORIGIN", default="quarterdeck.local/audit")
AUDIT_KEY_DIR = Path(env.str("AUDIT_KEY_DIR", default=str(VAR_DIR / "audit-keys")))

# How long it is kept what the door for events refused, since it was sent last.
EVENT_REFUSALS_KEPT_DAYS: int = env.int("EVENT_REFUSALS_KEPT_DAYS", default=90)

# The longest that an API token may live.
API_TOKEN_LONGEST_DAYS: int = env.int("API_TOKEN_LONGEST_DAYS", default=365)
# How many requests a minute the API takes from each token and each person.
API_REQUESTS_PER_MINUTE: int = env.int("API_REQUESTS_PER_MINUTE", default=600)

REST_FRAMEWORK = {
    # Operations are `portal.api.api.base.ApiView`s, which take tokens beside sessions.
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "portal.core.problems.exception_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Quarterdeck API",
    "DESCRIPTION": (
        "The same facts and numbers as the pages, from the same definitions. Send a token as"
        " `Authorization: Bearer qd_...`, or use the session of your browser. Errors are problem"
        " details (RFC 9457): `detail` says what is wrong, `errors` every single fault."
    ),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "portal.integrations.api.schema.add_events",
    ],
    "ENUM_NAME_OVERRIDES": {
        "LifecycleEnum": [
            ("experimental", "Experimental"),
            ("production", "Production"),
            ("deprecated", "Deprecated"),
            ("retired", "Retired"),
        ],
        "CurrentLifecycleEnum": [
            ("experimental", "Experimental"),
            ("production", "Production"),
            ("deprecated", "Deprecated"),
        ],
        "DeploymentKindEnum": [
            ("planned", "Planned"),
            ("rollback", "Rollback"),
            ("hotfix", "Hotfix"),
        ],
        "TeamKindEnum": [
            ("division", "Division"),
            ("department", "Department"),
            ("team", "Team"),
        ],
        "RoleEnum": [("member", "Member"), ("lead", "Lead")],
        "DutyRoleEnum": [
            ("primary", "Primary"),
            ("secondary", "Secondary"),
            ("shadow", "Shadow"),
            ("manager", "Escalation manager"),
        ],
        "UnitEnum": ["per_day", "seconds", "share"],
        "TurnUnitEnum": [
            ("hour", "Hours"),
            ("day", "Days"),
            ("week", "Weeks"),
            ("month", "Months"),
        ],
        "SeverityEnum": [(1, "Critical"), (2, "Major"), (3, "Minor"), (4, "Low")],
        "RuleSeverityEnum": [
            ("refuse", "Refused"),
            ("warn", "Needs a reason"),
            ("mark", "Shown"),
        ],
        "OverrideKindEnum": [
            ("add", "Comes on call as well"),
            ("remove", "Stands down"),
            ("replace", "Takes the place of"),
            ("cover", "Covers alone"),
        ],
        "DependencyKindEnum": [("hard", "Hard"), ("soft", "Soft")],
        "ContactWayKindEnum": [
            ("mail", "E-mail"),
            ("sms", "SMS"),
            ("slack", "Slack"),
            ("teams", "Microsoft Teams"),
            ("ntfy", "ntfy"),
            ("webhook", "Webhook"),
        ],
        "ContactWayStateEnum": [
            ("new", "Not tested"),
            ("asked", "Test waits for an answer"),
            ("unanswered", "Test unanswered"),
            ("verified", "Verified"),
            ("stale", "Test again"),
        ],
        "DeliveryStateEnum": [
            ("waiting", "Waiting"),
            ("sending", "Being sent"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("skipped", "Not needed"),
        ],
        "NoticeOutcomeEnum": [
            ("open", "Under way"),
            ("delivered", "Delivered"),
            ("read", "Read in the inbox first"),
            ("undelivered", "Not delivered"),
            ("inbox", "Inbox only"),
        ],
        "NoticeUrgencyEnum": [
            ("urgent", "Urgent"),
            ("normal", "Normal"),
            ("digest", "Daily digest"),
        ],
        "SideEnum": [
            ("offer", "Offered by its owner"),
            ("request", "Asked for by the other team"),
        ],
        "ClaimSideEnum": [
            ("taker", "The team"),
            ("giver", "Central support"),
        ],
        "ClaimStateEnum": [
            ("interested", "Interested"),
            ("preparing", "Preparing"),
            ("shadowing", "Shadowing"),
            ("trial", "Trial"),
            ("owned", "Owned"),
            ("handing_back", "Handing back"),
            ("returned", "Returned"),
            ("orphaned", "Owner changed"),
            ("expired", "Retired"),
        ],
        "LiveClaimStateEnum": [
            ("interested", "Interested"),
            ("preparing", "Preparing"),
            ("shadowing", "Shadowing"),
            ("trial", "Trial"),
            ("owned", "Owned"),
            ("handing_back", "Handing back"),
        ],
        "EvidenceKindEnum": [
            ("runbook_reviewed", "Runbook reviewed"),
            ("alerts_tested", "Alerts tested"),
            ("access_tested", "Access to production tested, break-glass included"),
            ("slo_defined", "Service level objective defined"),
            ("rollback_tested", "Rollback or kill switch tested"),
            ("shadow_done", "Shadow shift done"),
        ],
        "ReadinessStateEnum": [
            ("pass", "Met"),
            ("fail", "Not met"),
            ("no_data", "No data"),
            ("exempt", "Exempt"),
        ],
    },
    "SERVE_AUTHENTICATION": [
        "portal.api.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
}

# --- Metrics: loopback may read them, anybody else with this token ------------------------------

METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")
# Functions that tell gauges (`portal.core.metrics.Gauge`), each called with `now`.
METRICS_SOURCES = [
    "portal.core.metrics.gauges",
    "portal.integrations.selectors.imports.gauges",
    "portal.integrations.selectors.events.gauges",
    "portal.notifications.selectors.deliveries.gauges",
    "kpis.selectors.backlog.gauges",
    "oncall.selectors.flaws.gauges",
]
PROMETHEUS_EXPORT_MIGRATIONS = False

# --- Logs -----------------------------------------------------------------------------------

LOG_PROCESSORS: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]
structlog.configure(
    processors=[*LOG_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
            "foreign_pre_chain": LOG_PROCESSORS,
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
