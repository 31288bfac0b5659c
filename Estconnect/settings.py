"""All settings, read from the environment; each variable is explained in .env_example."""

from csp.constants import NONCE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from Estconnect import environment as env

BASE_DIR = env.BASE_DIR
VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(exist_ok=True)

# --- who may start, and how -------------------------------------------------------------------
DEBUG = env.boolean("DEBUG", False)
SECRET_KEY = env.secret_key(DEBUG)
SECRETS_KEYS = env.secrets_keys(DEBUG)
ALLOWED_HOSTS = env.allowed_hosts(DEBUG)
CSRF_TRUSTED_ORIGINS = env.origins()
SITE_URL = env.text("SITE_URL", "http://localhost:8000").rstrip("/")
if not SITE_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured(f"SITE_URL must begin with http:// or https://; it is {SITE_URL!r}.")
# Plain http is for a machine of one's own; anything else is served over TLS.
HTTPS = env.boolean("HTTPS", SITE_URL.startswith("https://"))
TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0)

# --- applications -----------------------------------------------------------------------------
INSTALLED_APPS = [
    "core.apps.CoreConfig",
    "users.apps.UsersConfig",
    "locations.apps.LocationsConfig",
    "subscriptions.apps.SubscriptionsConfig",
    "support.apps.SupportConfig",
    "developers.apps.DevelopersConfig",
    "pages.apps.PagesConfig",
    "users.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "django_tasks",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "users.middleware.LogMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "users.middleware.ActorMiddleware",
    "users.middleware.RestrictAdminMiddleware",
    "core.middleware.AccessMiddleware",
    "users.gate.AccountGateMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "core.middleware.EmptyErrorMiddleware",
    "core.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "Estconnect.urls"
WSGI_APPLICATION = "Estconnect.wsgi.application"
ASGI_APPLICATION = "Estconnect.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "core.context_processors.frame",
                "pages.context_processors.site",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "core.templatetags.parts",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- data -------------------------------------------------------------------------------------
DATABASES = {"default": env.database(env.integer("CONN_MAX_AGE", 600))}
if DATABASES["default"]["ENGINE"].endswith("mysql"):
    import pymysql

    pymysql.install_as_MySQLdb()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": env.cache(DEBUG),
    # What every page needs and seldom changes, kept for seconds in the process.
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "local"},
}

# --- people -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "users.CustomUser"
AUTHENTICATION_BACKENDS = ["users.backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "site_home"
ACCOUNT_ADAPTER = "users.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "users.selectors.display_name"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
# One address per person; a new one replaces the old once it is confirmed.
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_CONFIRMATION_AUTHENTICATED_REDIRECT_URL = "/users/profile/"
# A session left open changes neither the address nor the second factor without the password.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Dangerous acts in Django admin ask for it too (users.sudo).
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_FORMS = {
    "login": "users.forms.account.LoginForm",
    "signup": "users.forms.registration.RegistrationForm",
    "reset_password": "users.forms.account.ResetPasswordForm",
    "reset_password_from_key": "users.forms.account.ResetPasswordKeyForm",
    "change_password": "users.forms.account.ChangePasswordForm",
    "set_password": "users.forms.account.SetPasswordForm",
    "add_email": "users.forms.account.AddEmailForm",
    "reauthenticate": "users.forms.account.ReauthenticateForm",
    "change_phone": "users.forms.phone.ChangePhoneForm",
    "verify_phone": "users.forms.phone.VerifyPhoneForm",
}
# "key" is the account, or the account in a browser it is known in (users.devices): guesses by
# strangers fill a window of minutes, and never keep the owner out of a browser of theirs.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "20/m/ip,10/10m/key",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,5/10m/key",
    "change_phone": "20/h/user",
    # Messages cost money, and a stranger's phone is not to be rung all day.
    "verify_phone": "1/30s/key,5/h/key,10/h/user,60/h/ip",
    # Codes tried, over all messages and however many at once (users.forms.phone).
    "phone_code": "10/h/user",
}
ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_PHONE_VERIFICATION_TIMEOUT = 10 * 60
ACCOUNT_PHONE_VERIFICATION_MAX_ATTEMPTS = 3
# There is nothing to guess about a passkey; this only keeps a flood away.
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
MFA_TOTP_ISSUER = "Estconnect"
MFA_FORMS = {
    "authenticate": "users.forms.second_factor.AuthenticateForm",
    "reauthenticate": "users.forms.second_factor.ReauthenticateForm",
    "activate_totp": "users.forms.second_factor.ActivateTOTPForm",
    "add_webauthn": "users.forms.second_factor.AddPasskeyForm",
    "edit_webauthn": "users.forms.second_factor.EditPasskeyForm",
    "authenticate_webauthn": "users.forms.second_factor.AuthenticatePasskeyForm",
    "login_webauthn": "users.forms.second_factor.LoginPasskeyForm",
    "reauthenticate_webauthn": "users.forms.second_factor.ReauthenticatePasskeyForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "users.second_factor.MFAAdapter"
MFA_PASSKEY_LOGIN_ENABLED = True
# Nobody signs in before an address is confirmed; one that waits to replace it changes nothing.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Clocks of phones differ by some seconds from ours.
MFA_TOTP_TOLERANCE = 1
# How long one may change one's mind after asking to have the account deleted.
DELETION_WAIT_DAYS = 14
STAFF_MFA_REQUIRED = env.boolean("STAFF_MFA_REQUIRED", True)
ADMIN_ALLOWED_ADDRESSES = env.networks("ADMIN_ALLOWED_ADDRESSES")
PHONENUMBER_DEFAULT_REGION = "RU"
PHONENUMBER_DB_FORMAT = "E164"

# --- sessions, cookies, headers ---------------------------------------------------------------
SESSION_ENGINE = "core.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "core.views.errors.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.integer("HSTS_SECONDS", 31_536_000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_SECONDS > 0
SECURE_HSTS_PRELOAD = SECURE_HSTS_SECONDS > 0
SECURE_REFERRER_POLICY = "same-origin"
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
MAP_TILES_URL = env.map_tiles(DEBUG)
MAP_TILES_ATTRIBUTION = env.text("MAP_TILES_ATTRIBUTION")
# Starts from nothing; data: images are what Tabler's CSS and the second factor's code need.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *env.origin_of(MAP_TILES_URL)],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- languages and time -----------------------------------------------------------------------
LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", _("Russian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
# The zone of a visitor who has not said theirs, and of an organization that has not set one.
DEFAULT_VIEWER_TIME_ZONE = "Europe/Moscow"
FORMAT_MODULE_PATH = ["core.formats"]

# --- files ------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "core.assets.NodePackageFinder",
]
# Without collected files (development, tests) each is looked up when it is asked for.
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_URL = "/media/"
MEDIA_ROOT = env.text("MEDIA_ROOT", str(VAR_DIR / "media"))
PRIVATE_MEDIA_ROOT = env.text("PRIVATE_MEDIA_ROOT", str(VAR_DIR / "private"))
# "X-Accel-Redirect" behind nginx, "X-Sendfile" behind Apache; empty: Django sends the file.
SENDFILE_HEADER = env.text("SENDFILE_HEADER")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": PRIVATE_MEDIA_ROOT, "base_url": None},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "core.assets.ManifestStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
UPLOAD_MAX_BYTES = env.integer("UPLOAD_MAX_MB", 20, minimum=1) * 1024 * 1024

# --- later work -------------------------------------------------------------------------------
TASKS = {
    "default": {
        "BACKEND": "core.jobs.backend.JobBackend",
        "QUEUES": ["default", "outgoing", "long"],
        # Enqueued inside the transaction on purpose: the job exists exactly when the change does.
        "ENQUEUE_ON_COMMIT": False,
    }
}
JOB_LEASE_SECONDS = env.integer("JOB_LEASE_SECONDS", 60, minimum=2)
# Working minutes of an agency in which it takes a lead from the site, before the next is asked.
LEAD_OFFER_MINUTES = env.integer("LEAD_OFFER_MINUTES", 30, minimum=1)

# --- mail and logs ----------------------------------------------------------------------------
vars().update(env.email())
EMAIL_TIMEOUT = 15
SMS_URL = env.sms_url(DEBUG)
SMS_ACCEPTED = env.text("SMS_ACCEPTED")
# Reminders of visits by text message, to clients who have no e-mail: each message is paid for.
VISIT_SMS = env.boolean("VISIT_SMS", False)
# Map programs to which the day list of a crew leads (subscriptions.route_links).
ROUTE_LINKS = env.route_links()
# Services that find where an address is (locations.geocoding); those that are turned on.
GEOCODER_URLS = env.geocoder_urls()
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Estconnect <noreply@estconnect.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Letters to the support desk (support.services.mail).
SUPPORT_MAIL_URL = env.support_mail_url()
SUPPORT_ADDRESS = env.support_address()
# `ActorMiddleware` binds the actor's ids; asking for the user here would load the session always.
DJANGO_STRUCTLOG_USER_ID_FIELD = None
LOG_LEVEL = env.text("LOG_LEVEL", "INFO").upper()
LOG_FORMAT = env.text("LOG_FORMAT", "console" if DEBUG else "json")
if LOG_FORMAT not in {"console", "json"}:
    raise ImproperlyConfigured(f"LOG_FORMAT must be console or json; it is {LOG_FORMAT!r}.")
from core.logs import logging_config  # noqa: E402  (needs the two values above)

LOGGING = logging_config(LOG_LEVEL, LOG_FORMAT)
