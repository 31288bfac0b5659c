"""What the operator sets for support by mail is checked at the start, in a sentence."""

from importlib import import_module

import pytest
from django.core.exceptions import ImproperlyConfigured

environment = import_module("Estconnect.environment")


@pytest.mark.parametrize(
    "url",
    [
        "imap://user:secret@mail.example.ru/INBOX",
        "imaps://mail.example.ru/INBOX",
        "imaps://user:secret@mail.example.ru/INBOX?verify=0",
        "https://user:secret@mail.example.ru",
        "nonsense-secret",
    ],
)
def test_a_wrong_mailbox_is_refused_without_its_password(monkeypatch, url):
    monkeypatch.setenv("SUPPORT_MAIL_URL", url)
    with pytest.raises(ImproperlyConfigured, match=r"^SUPPORT_MAIL_URL must be like") as refused:
        environment.support_mail_url()
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "imaps://user%40x:p%2F@mail.example.ru:993/INBOX",
        "imap://user:secret@mail.example.ru/INBOX?starttls=1",
        "imap://user:secret@127.0.0.1:1143/INBOX",
    ],
)
def test_a_mailbox_that_is_taken(monkeypatch, url):
    monkeypatch.setenv("SUPPORT_MAIL_URL", url)
    assert environment.support_mail_url() == url


@pytest.mark.parametrize(
    ("address", "template"),
    [
        ("support@estconnect.example", "support+{token}@estconnect.example"),
        ("Support-{token}@estconnect.example", "support-{token}@estconnect.example"),
        ("support@estconnect.example?", "support@estconnect.example"),
        ("", ""),
    ],
)
def test_the_address_of_answers(monkeypatch, address, template):
    monkeypatch.setenv("SUPPORT_MAIL_URL", "")
    monkeypatch.setenv("SUPPORT_ADDRESS", address)
    assert environment.support_address() == template


@pytest.mark.parametrize("address", ["support", "{token}@x.example", "a b@x.example", "a@b@c.d"])
def test_a_wrong_address_is_refused(monkeypatch, address):
    monkeypatch.setenv("SUPPORT_ADDRESS", address)
    with pytest.raises(ImproperlyConfigured, match=r"^SUPPORT_ADDRESS must be like"):
        environment.support_address()


def test_a_mailbox_needs_its_address(monkeypatch):
    monkeypatch.setenv("SUPPORT_MAIL_URL", "imaps://user:secret@mail.example.ru/INBOX")
    monkeypatch.setenv("SUPPORT_ADDRESS", "")
    with pytest.raises(ImproperlyConfigured, match=r"^SUPPORT_ADDRESS is not set"):
        environment.support_address()
