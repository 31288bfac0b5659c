"""Secrets are stored encrypted, and their keys can be changed."""

from importlib import import_module

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection

from core import vault
from users.tests.factories import UserFactory

# By name: apps do not import the wiring.
environment = import_module("Estconnect.environment")
SECRET = "JBSWY3DPEHPK3PXP"
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def keys(settings):
    def use(*wanted):
        settings.SECRETS_KEYS = list(wanted)

    use(OLD)
    return use


def test_what_is_sealed_is_not_readable_and_comes_back(keys):
    sealed = vault.seal("тайна")
    assert "тайна" not in sealed
    assert vault.is_sealed(sealed)
    assert not vault.is_sealed(SECRET)
    assert vault.unseal(sealed) == "тайна"


def test_the_first_key_encrypts_and_all_of_them_decrypt(keys):
    sealed = vault.seal(SECRET)
    keys(NEW, OLD)
    assert vault.unseal(sealed) == SECRET
    Fernet(NEW).decrypt(vault.seal(SECRET).encode())
    keys(NEW)
    with pytest.raises(vault.SealedByLostKeyError):
        vault.unseal(sealed)


def stored() -> str:
    """All that the table of second factors holds, as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator ORDER BY id")
        return str(cursor.fetchall())


@pytest.mark.django_db
def test_no_second_factor_lies_readable_in_the_database(keys):
    user = UserFactory()
    TOTP.activate(user, SECRET)
    codes = RecoveryCodes.activate(user)
    seed = vault.unseal(codes.instance.data["seed"])
    assert SECRET not in stored()
    assert seed not in stored()
    assert len(Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()) == 10


@pytest.mark.django_db
def test_rotation_puts_all_under_the_new_key_and_codes_go_on_working(keys, capsys):
    user, before = UserFactory(), UserFactory()
    TOTP.activate(user, SECRET)
    wrapped = RecoveryCodes.activate(user)
    first, second = wrapped.get_unused_codes()[:2]
    assert wrapped.validate_code(first)
    # Stored before there were keys.
    Authenticator.objects.create(user=before, type="totp", data={"secret": "KRSXG5CTMVRXEZLU"})
    keys(NEW, OLD)
    call_command("rotate_secrets")
    assert "second factors: 3" in capsys.readouterr().out
    keys(NEW)
    totp, codes, old = Authenticator.objects.order_by("pk")
    assert vault.unseal(totp.data["secret"]) == SECRET
    assert vault.unseal(old.data["secret"]) == "KRSXG5CTMVRXEZLU"
    assert codes.wrap().validate_code(second)
    assert not codes.wrap().validate_code(first)
    call_command("rotate_secrets")


@pytest.mark.django_db
def test_rotation_without_the_old_key_says_so_and_loses_nothing(keys):
    TOTP.activate(UserFactory(), SECRET)
    before = stored()
    keys(NEW)
    with pytest.raises(CommandError, match="put the old key back"):
        call_command("rotate_secrets")
    assert stored() == before


def test_a_production_start_without_a_key_names_what_is_missing(monkeypatch):
    monkeypatch.delenv("SECRETS_KEYS", raising=False)
    with pytest.raises(ImproperlyConfigured, match=r"SECRETS_KEYS is not set.*Fernet"):
        environment.secrets_keys(debug=False)
    assert environment.secrets_keys(debug=True)


def test_a_key_that_is_none_is_named_by_its_place_and_not_shown(monkeypatch):
    monkeypatch.setenv("SECRETS_KEYS", f"{NEW},short-and-secret")
    with pytest.raises(ImproperlyConfigured, match="number 2 is not one") as refusal:
        environment.secrets_keys(debug=False)
    assert "short-and-secret" not in str(refusal.value)


def test_keys_come_from_a_file_too(monkeypatch, tmp_path):
    path = tmp_path / "keys"
    path.write_text(f"{NEW},{OLD}\n")
    monkeypatch.delenv("SECRETS_KEYS", raising=False)
    monkeypatch.setenv("SECRETS_KEYS_FILE", str(path))
    assert environment.secrets_keys(debug=False) == [NEW, OLD]
