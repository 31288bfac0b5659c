"""Reads settings from the environment and says in one sentence what is wrong with them."""

import ipaddress
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]", "testserver", ".localhost"}
SECRET_KEY_MIN_LENGTH = 40
ROUTE_PROGRAMS = ("yandex", "2gis", "google", "geo")
GEOCODER_NAMES = ("dadata", "yandex", "nominatim")

env = environ.Env()
env.smart_cast = False
# A variable that is set wins over the file, so that a service unit can override one line.
environ.Env.read_env(BASE_DIR / ".env", overwrite=False)


def _read(name: str, reader: Callable[..., T], default: T, what: str) -> T:
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    try:
        return reader(name)
    except (ValueError, KeyError, TypeError, ImproperlyConfigured, AttributeError) as error:
        raise ImproperlyConfigured(
            f"{name} must be {what}; it is {raw!r}. See .env_example."
        ) from error


def _strict_bool(name: str) -> bool:
    value = os.environ[name].strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ValueError(value)


def boolean(name: str, default: bool) -> bool:
    return _read(name, _strict_bool, default, "true or false")


def integer(name: str, default: int, minimum: int = 0) -> int:
    value = _read(name, env.int, default, "a whole number")
    if value < minimum:
        raise ImproperlyConfigured(f"{name} must be at least {minimum}; it is {value}.")
    return value


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def names(name: str, default: list[str]) -> list[str]:
    raw = os.environ.get(name, "")
    return [part.strip() for part in raw.split(",") if part.strip()] or default


def networks(name: str) -> list[str]:
    """Addresses and networks ("10.0.0.0/8"), separated by commas."""
    values = names(name, [])
    for value in values:
        try:
            ipaddress.ip_network(value, strict=False)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name} must list addresses or networks like 10.0.0.0/8; it has {value!r}."
            ) from error
    return values


def route_links() -> list[str]:
    """Map programs to which a crew's day list leads."""
    chosen = names("ROUTE_LINKS", ["yandex", "geo"])
    unknown = [name for name in chosen if name not in ROUTE_PROGRAMS]
    if unknown:
        raise ImproperlyConfigured(
            f"ROUTE_LINKS must name some of {', '.join(ROUTE_PROGRAMS)}; it has {unknown[0]!r}."
        )
    return chosen


def secret(name: str) -> str:
    """Value of `name`, or the content of the file named by `name_FILE`; "" when neither is set."""
    path = text(f"{name}_FILE")
    if not path:
        return text(name)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name}_FILE must name a readable file; {path!r} cannot be read."
        ) from error


def secret_key(debug: bool) -> str:
    key = secret("SECRET_KEY")
    if debug:
        return key or "only-for-development-never-where-others-can-reach-it"
    if not key:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set: a production start needs one. Make it with: "
            "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    if len(key) < SECRET_KEY_MIN_LENGTH:
        raise ImproperlyConfigured(
            f"SECRET_KEY must have at least {SECRET_KEY_MIN_LENGTH} characters; it has {len(key)}."
        )
    return key


def secrets_keys(debug: bool) -> list[str]:
    """Keys that stored secrets are encrypted with (core.vault); the first one encrypts."""
    keys = [part.strip() for part in secret("SECRETS_KEYS").split(",") if part.strip()]
    if not keys and debug:
        return ["b25seS1mb3ItZGV2ZWxvcG1lbnQtbmV2ZXItb25saW4="]
    if not keys:
        raise ImproperlyConfigured(
            "SECRETS_KEYS is not set: a production start needs a key. Make it with: python -c "
            "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
        )
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError as error:
            # Its place and not the key itself: what is printed at a start is kept in logs.
            raise ImproperlyConfigured(
                f"SECRETS_KEYS must list keys made by Fernet.generate_key(); number {number} is "
                "not one. See .env_example."
            ) from error
    return keys


def allowed_hosts(debug: bool) -> list[str]:
    hosts = names("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if debug else [])
    if not hosts:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS is not set: list the host names this site answers to, "
            "for example ALLOWED_HOSTS=portal.example.ru"
        )
    public = [host for host in hosts if host not in LOCAL_HOSTS]
    if debug and public:
        raise ImproperlyConfigured(
            f"DEBUG must be off where others can reach the site: ALLOWED_HOSTS has {public[0]!r}."
        )
    return hosts


def origins() -> list[str]:
    values = names("CSRF_TRUSTED_ORIGINS", [])
    for value in values:
        if not value.startswith(("http://", "https://")):
            raise ImproperlyConfigured(
                "CSRF_TRUSTED_ORIGINS must list origins with their scheme, "
                f"like https://portal.example.ru; it has {value!r}."
            )
    return values


SQLITE_OPTIONS = {
    # Without these, 206 of 240 concurrent transactions failed with "database is locked".
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
}
MARIADB_OPTIONS = {
    "charset": "utf8mb4",
    # Strict: a value that does not fit is refused, not cut.
    "init_command": (
        "SET sql_mode='STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION',"
        "SESSION innodb_lock_wait_timeout=20"
    ),
    "isolation_level": "read committed",
}


def database(conn_max_age: int) -> dict[str, Any]:
    default = f"sqlite:///{BASE_DIR / 'var' / 'estconnect.sqlite3'}"
    url = text("DATABASE_URL", default).replace("mariadb://", "mysql://", 1)
    try:
        config = dict(env.db_url_config(url))
        engine = config["ENGINE"]
    except (ImproperlyConfigured, KeyError, ValueError) as error:
        raise ImproperlyConfigured(
            "DATABASE_URL must look like sqlite:////path/file.sqlite3, "
            "postgres://user:password@host:5432/name or mariadb://user:password@host:3306/name; "
            f"it is {url.split('@')[-1]!r}."
        ) from error
    options = config.setdefault("OPTIONS", {})
    config["CONN_MAX_AGE"] = conn_max_age
    config["CONN_HEALTH_CHECKS"] = True
    if engine.endswith("sqlite3"):
        config["OPTIONS"] = SQLITE_OPTIONS | options
        # In-memory test databases are per process, which is what xdist wants.
    elif engine.endswith("mysql"):
        config["OPTIONS"] = MARIADB_OPTIONS | options
        config["TEST"] = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_unicode_ci"}
    elif not engine.endswith("postgresql"):
        raise ImproperlyConfigured(
            f"DATABASE_URL must name SQLite, PostgreSQL or MariaDB; {engine!r} is not supported."
        )
    return config


def cache(debug_or_sqlite: bool) -> dict[str, Any]:
    url = text("CACHE_URL")
    if not url:
        # Throttles need a cache that all processes share; the database is one that is always there.
        return {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "core_cache"}
    if url.startswith(("redis://", "rediss://", "unix://")):
        return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}
    if url.startswith("locmem://"):
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    raise ImproperlyConfigured(
        f"CACHE_URL must begin with redis://, rediss://, unix:// or locmem://; it is {url!r}."
    )


def email() -> dict[str, Any]:
    return _read(
        "EMAIL_URL",
        env.email,
        env.email_url_config("consolemail://"),
        "a mail address like smtp+tls://user:password@host:587",
    )


def support_mail_url() -> str:
    """Where letters to the support desk are fetched from; "" where nobody fetches any."""
    url = secret("SUPPORT_MAIL_URL")
    if not url:
        return ""
    parts, options = urlsplit(url), parse_qs(urlsplit(url).query)
    encrypted = parts.scheme == "imaps" or options.get("starttls") == ["1"]
    if not (
        parts.scheme in {"imap", "imaps"}
        and parts.hostname
        and parts.username
        and parts.password
        and set(options) <= {"starttls"}
        and (encrypted or parts.hostname in LOCAL_HOSTS)
    ):
        # Without the value: it holds a password, and what is printed is kept in logs.
        raise ImproperlyConfigured(
            "SUPPORT_MAIL_URL must be like imaps://user:password@mail.example.ru:993/INBOX or "
            "imap://user:password@mail.example.ru/INBOX?starttls=1. See .env_example."
        )
    return url


SUPPORT_ADDRESS = re.compile(r"[a-z0-9._+-]*(\{token\})?[a-z0-9._+-]*@[a-z0-9.-]+\.?[a-z0-9-]+\??")


def support_address() -> str:
    """The address of answers, with {token} where the ticket's goes; "" where letters are not read.

    `support@…` stands for `support+{token}@…`; `support@…?` is one that can hold no token.
    """
    address = text("SUPPORT_ADDRESS").lower()
    if not address:
        if secret("SUPPORT_MAIL_URL"):
            raise ImproperlyConfigured(
                "SUPPORT_ADDRESS is not set: with SUPPORT_MAIL_URL it must name the address that "
                "customers write to, like support@estconnect.example."
            )
        return ""
    local = address.partition("@")[0]
    if not SUPPORT_ADDRESS.fullmatch(address) or not local.replace("{token}", "").strip("+-._"):
        raise ImproperlyConfigured(
            "SUPPORT_ADDRESS must be like support@estconnect.example or "
            f"support+{{token}}@estconnect.example; it is {address!r}. See .env_example."
        )
    if address.endswith("?"):
        return address.removesuffix("?")
    return address if "{token}" in address else address.replace("@", "+{token}@", 1)


def sms_url(debug: bool) -> str:
    """Where text messages go (users.sms); "" when they go nowhere."""
    url = secret("SMS_URL") or ("console://" if debug else "")
    parts = urlsplit(url)
    if not url or parts.scheme in {"console", "memory"}:
        return url
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL_HOSTS)
    if not is_safe or "{phone}" not in parts.query or "{text}" not in parts.query:
        # Without the value: it holds the gateway's key, and what is printed is kept in logs.
        raise ImproperlyConfigured(
            "SMS_URL must be console:// or like https://gate.example.ru/send?key=KEY&to={phone}"
            "&msg={text}. See .env_example."
        )
    return url


def geocoder_urls() -> dict[str, str]:
    """Addresses of geocoders by name (locations.geocoding); "" for those that are off.

    What they hold is checked at the start by `locations.checks`.
    """
    urls = {name: secret(f"GEOCODER_{name.upper()}_URL") for name in GEOCODER_NAMES}
    for name, url in urls.items():
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname in LOCAL_HOSTS
        if url and parts.scheme != "https" and not local:
            # Without the value: it holds a key, and what is printed is kept in logs.
            raise ImproperlyConfigured(
                f"GEOCODER_{name.upper()}_URL must begin with https://. See .env_example."
            )
    return urls


def map_tiles(debug: bool) -> str:
    """The address of map tiles with {z}, {x} and {y} in its path; "" for maps without a ground."""
    url = text("MAP_TILES_URL")
    if not url:
        return ""
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (
        parts.scheme == "http" and (debug or parts.hostname in LOCAL_HOSTS)
    )
    # The host goes into the content policy as it is: no wildcards, no {s}.
    is_plain = re.fullmatch(r"[a-z0-9.-]+(:\d+)?", parts.netloc, re.IGNORECASE)
    is_grid = all(place in parts.path + parts.query for place in ("{z}", "{x}", "{y}"))
    if not (is_safe and is_plain and is_grid):
        raise ImproperlyConfigured(
            "MAP_TILES_URL must be like https://tiles.example.ru/{z}/{x}/{y}.png, "
            f"with one host and without {{s}}; its host is {parts.netloc.split('@')[-1]!r}."
        )
    return url


def origin_of(url: str) -> list[str]:
    """Scheme and host of an address, for the content policy; nothing of none."""
    parts = urlsplit(url)
    return [f"{parts.scheme}://{parts.netloc}"] if url else []
