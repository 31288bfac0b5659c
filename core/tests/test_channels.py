"""The contract that every channel passes, and what e-mail promises beside it."""

import smtplib
import socket

import pytest
from django.core import mail
from django.utils import translation

from core.jobs import PermanentFailure, TemporaryFailure
from core.notifications.channels import CHANNELS, Message, channel_label, channel_named
from core.notifications.channels.mail import MailChannel
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
MESSAGE = Message(
    key="delivery-7",
    title="EC-4827-1936: visit scheduled for 24 November 2026, 14:30",
    subject="Start 300, Ufanet → Kazan, Chistopolskaya, 12, unit 47 <b>&",
    organization="Agency “North”",
    url="https://portal.example.ru/notifications/7/",
)


@pytest.fixture
def failing(monkeypatch):
    """A function: the outside world fails with this error from now on."""

    def fail_with(error: Exception) -> None:
        def refuse(*args, **kwargs):
            raise error

        monkeypatch.setattr(mail.EmailMultiAlternatives, "send", refuse)

    return fail_with


# --- every channel ------------------------------------------------------------------------------
@pytest.mark.parametrize("channel", CHANNELS)
class TestContract:
    def test_it_is_found_by_a_name_that_fits_the_table(self, channel):
        assert isinstance(channel_named(channel.name), channel)
        assert 0 < len(channel.name) <= 20
        assert str(channel_label(channel.name))

    def test_it_says_in_bulk_whom_it_reaches(self, channel, django_assert_max_num_queries):
        people = [UserFactory() for _ in range(3)]
        blocked = UserFactory(is_active=False)
        ids = [user.pk for user in [*people, blocked]]
        with django_assert_max_num_queries(1):
            reached = channel().reachable(ids)
        assert reached <= {user.pk for user in people}
        assert channel().reachable([]) == set()

    def test_it_reaches_nobody_who_may_not_sign_in_any_more(self, channel):
        user = UserFactory(is_active=False)
        with pytest.raises(PermanentFailure):
            channel().send(MESSAGE, user)

    def test_it_sends_in_every_language(self, channel):
        for language in ("en", "ru"):
            with translation.override(language):
                channel().send(MESSAGE, UserFactory())

    @pytest.mark.parametrize("error", [TimeoutError(), ConnectionRefusedError(), socket.gaierror()])
    def test_a_network_that_fails_is_a_temporary_failure(self, channel, failing, error):
        failing(error)
        with pytest.raises(TemporaryFailure):
            channel().send(MESSAGE, UserFactory())


def test_a_channel_of_another_version_is_named_by_its_name():
    assert channel_label("pigeon") == "pigeon"
    with pytest.raises(LookupError):
        channel_named("pigeon")


# --- e-mail -------------------------------------------------------------------------------------
def test_a_letter_says_what_happened_and_leads_there(mailoutbox, settings):
    settings.SITE_URL = "https://portal.example.ru"
    user = UserFactory()
    with translation.override("en"):
        MailChannel().send(MESSAGE, user)
    (letter,) = mailoutbox
    html, _mime = letter.alternatives[0]
    assert letter.subject == MESSAGE.title
    assert letter.to == [user.email]
    for text in (MESSAGE.title, MESSAGE.subject, MESSAGE.url, MESSAGE.organization):
        assert text in letter.body
    assert f'href="{MESSAGE.url}"' in html
    assert "&lt;b&gt;&amp;" in html
    assert "<b>" not in html


def test_a_letter_sent_again_has_the_same_id(mailoutbox, settings):
    settings.SITE_URL = "https://portal.example.ru"
    user = UserFactory()
    MailChannel().send(MESSAGE, user)
    MailChannel().send(MESSAGE, user)
    ids = {letter.extra_headers["Message-ID"] for letter in mailoutbox}
    assert ids == {"<delivery-7@portal.example.ru>"}


def test_an_address_not_confirmed_gets_no_letter(mailoutbox):
    user = UserFactory(confirmed=False)
    assert MailChannel().reachable([user.pk]) == set()
    with pytest.raises(PermanentFailure, match="no confirmed address"):
        MailChannel().send(MESSAGE, user)
    assert not mailoutbox


ADDRESS = "anna@example.com"


@pytest.mark.parametrize(
    ("error", "failure", "words"),
    [
        (
            smtplib.SMTPRecipientsRefused({ADDRESS: (550, b"anna@example.com unknown")}),
            PermanentFailure,
            "SMTPRecipientsRefused 550",
        ),
        (
            smtplib.SMTPRecipientsRefused({ADDRESS: (451, b"greylisted anna@example.com")}),
            TemporaryFailure,
            "SMTPRecipientsRefused 451",
        ),
        (
            smtplib.SMTPDataError(554, b"spam for anna@example.com"),
            PermanentFailure,
            "SMTPDataError 554",
        ),
        (
            smtplib.SMTPSenderRefused(421, b"try later", ADDRESS),
            TemporaryFailure,
            "SMTPSenderRefused 421",
        ),
        (
            smtplib.SMTPAuthenticationError(535, b"bad password hunter2"),
            TemporaryFailure,
            "SMTPAuthenticationError 535",
        ),
        (
            smtplib.SMTPServerDisconnected("anna@example.com"),
            TemporaryFailure,
            "SMTPServerDisconnected",
        ),
    ],
)
def test_what_the_server_says_decides_and_is_not_repeated(failing, error, failure, words):
    failing(error)
    with pytest.raises(failure) as caught:
        MailChannel().send(MESSAGE, UserFactory())
    assert str(caught.value) == words
    assert caught.value.__cause__ is None
