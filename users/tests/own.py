"""People with a password, signed in as people do it: with a session that is listed and followed."""

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client as Browser
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from users.tests.factories import PASSWORD, UserFactory

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


def a_person(**fields):
    """With PASSWORD, who has signed in before; with English pages."""
    user = UserFactory(**{"language": "en", "last_login": "2026-01-01T00:00Z", **fields})
    user.set_password(PASSWORD)
    user.save()
    return user


def enter(user, agent: str = CHROME, address: str = "203.0.113.7", password: str = PASSWORD):
    """A browser in which the person has signed in."""
    browser = Browser(headers={"user-agent": agent}, REMOTE_ADDR=address)
    answer = browser.post("/users/login/", {"login": user.email, "password": password})
    assert answer.status_code == 302, answer.content.decode()
    return browser


def prove(browser, password: str = PASSWORD) -> None:
    """Gives the password once more, as what is dangerous asks for."""
    assert browser.post("/users/reauthenticate/", {"password": password}).status_code == 302


def is_in(browser) -> bool:
    return browser.get("/users/profile/").status_code == 200


def a_passkey(user, name: str = "Laptop") -> Authenticator:
    """As allauth keeps one; no device answers for it."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    credential = AttestedCredentialData.create(bytes(16), b"a passkey", key)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
    data = AuthenticatorData.create(bytes(32), flags, 0, credential)
    answer = {
        "id": websafe_encode(b"a passkey"),
        "rawId": websafe_encode(b"a passkey"),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(
                b'{"type":"webauthn.create","challenge":"AA","origin":"https://localhost"}'
            ),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        },
        "clientExtensionResults": {"credProps": {"rk": True}},
    }
    return Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.WEBAUTHN,
        data={"name": name, "credential": answer},
    )
