"""A mailbox on a real server: every letter is kept once, whatever happens on the way."""

import random
import time

import pytest
from django.conf import settings as site
from django.utils import timezone, translation

from core.models import Job
from core.tests.later import in_parallel, wait_until
from support.choices import MailOutcome
from support.jobs import fetch_support_letters
from support.models import IncomingMail, Mailbox, Ticket
from support.services.mail import imap, incoming
from support.services.mail.incoming import fetch_letters
from support.tests.factories import QueueFactory
from support.tests.imap_server import URL_PASSWORD, imap_server, needs_dovecot  # noqa: F401
from support.tests.letters import letter

pytestmark = [pytest.mark.django_db, needs_dovecot]


@pytest.fixture(autouse=True)
def _desk(settings):
    settings.SUPPORT_ADDRESS = "support+{token}@estconnect.example"
    settings.LANGUAGE_CODE = "en"
    with translation.override("en"):
        yield


@pytest.fixture
def server(imap_server, settings):  # noqa: F811
    settings.SUPPORT_MAIL_URL = imap_server.url
    QueueFactory(is_default=True)
    return imap_server


def number(count: int) -> bytes:
    """A letter of its own writer."""
    return letter(
        f"Letter {count}",
        sender=f"writer-{count}@example.com",
        subject=f"Subject {count}",
        message_id=f"<{count}@example.com>",
    )


def subjects() -> list[str]:
    return sorted(Ticket.objects.values_list("subject", flat=True))


def test_letters_are_kept_understood_and_marked(server, run_jobs):
    for count in range(3):
        server.put(number(count))
    assert fetch_letters() == 3
    box = Mailbox.objects.get()
    assert (box.last_uid, box.error, box.leased_until) == (3, "", None)
    assert box.polled_at is not None
    assert "desk@mail.example" in box.name
    assert "p@ss" not in box.name
    first = IncomingMail.objects.get(uid=1)
    assert (first.sender, first.subject) == ("writer-0@example.com", "Subject 0")
    with first.raw.open("rb") as file:
        assert b"Letter 0" in file.read()
    run_jobs()
    assert subjects() == ["Subject 0", "Subject 1", "Subject 2"]
    assert server.unseen() == 0


def test_the_next_time_only_what_is_new_is_read(server):
    server.put(number(0))
    assert (fetch_letters(), fetch_letters()) == (1, 0)
    server.put(number(1))
    assert fetch_letters() == 1


def test_reading_begins_with_the_first_unread_letter(server):
    server.put(number(0), seen=True)
    server.put(number(1))
    server.put(number(2), seen=True)
    assert fetch_letters() == 2
    server.put(number(3), seen=True)
    assert fetch_letters() == 1


def test_a_mailbox_with_nothing_unread_begins_with_what_comes(server):
    server.put(number(0), seen=True)
    assert fetch_letters() == 0
    server.put(number(1))
    assert fetch_letters() == 1


def test_without_a_mailbox_nothing_is_asked(settings):
    settings.SUPPORT_MAIL_URL = ""
    assert fetch_letters() == 0
    assert not Mailbox.objects.exists()


def test_a_mailbox_numbered_anew_gives_nothing_twice(server, run_jobs):
    server.put(number(0))
    fetch_letters()
    run_jobs()
    server.number_anew()
    server.put(number(1))
    assert fetch_letters() == 2
    run_jobs()
    assert subjects() == ["Subject 0", "Subject 1"]
    outcomes = IncomingMail.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == [MailOutcome.OPENED, MailOutcome.DUPLICATE, MailOutcome.OPENED]


def test_a_letter_that_is_too_large_is_refused_with_a_record(server, run_jobs, monkeypatch):
    monkeypatch.setattr(imap, "LETTER_BYTES", 5000)
    server.put(number(0) + b"x" * 6000)
    server.put(number(1))
    assert fetch_letters() == 2
    run_jobs()
    refused = IncomingMail.objects.get(uid=1)
    assert (refused.outcome, refused.subject) == (MailOutcome.BROKEN, "Subject 0")
    assert refused.size > 6000
    assert refused.raw.size < 2000
    assert subjects() == ["Subject 1"]


def test_a_letter_of_ten_megabytes(server, run_jobs):
    pdf = b"%PDF-" + random.Random(1).randbytes(10 * 1024 * 1024)
    server.put(letter(files=(("plan.pdf", pdf),)))
    began = time.monotonic()
    fetch_letters()
    run_jobs()
    assert time.monotonic() - began < 10
    (file,) = Ticket.objects.get().messages.get().files.all()
    assert file.size == len(pdf)


# --- what the server does -------------------------------------------------------------------------
def error_of(url: str, settings) -> str:
    settings.SUPPORT_MAIL_URL = url
    fetch_letters()
    return Mailbox.objects.order_by("-polled_at").first().error


def test_a_certificate_that_nobody_vouches_for_is_refused(server, settings):
    assert error_of(server.tls_url, settings).startswith("The certificate is not good")
    starttls = server.url.replace("127.0.0.1", "localhost") + "?starttls=1"
    assert error_of(starttls, settings).startswith("The certificate is not good")


def test_a_good_certificate(server, settings, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    server.put(number(0))
    assert error_of(server.tls_url, settings) == ""
    assert IncomingMail.objects.count() == 1
    starttls = server.url.replace("127.0.0.1", "localhost") + "?starttls=1"
    assert error_of(starttls, settings) == ""


def test_what_fails_is_said_without_the_password_and_passes(server, settings):
    wrong = server.url.replace(URL_PASSWORD, "wrong-password")
    assert error_of(wrong, settings) == "The server refuses the user or the password"
    away = server.url.replace(str(server.port), "1")
    assert error_of(away, settings).startswith("The server is away")
    folder = server.url.replace("INBOX", "Absent")
    assert error_of(folder, settings) == "The server has no such folder"
    assert error_of(server.url, settings) == ""


def test_another_worker_is_left_to_read(server):
    fetch_letters()
    server.put(number(0))
    later = timezone.now() + incoming.lease()
    Mailbox.objects.update(leased_until=later)
    assert fetch_letters() == 0
    Mailbox.objects.update(leased_until="2020-01-01T00:00Z")
    assert fetch_letters() == 1


# --- workers that die -----------------------------------------------------------------------------
class Killed(BaseException):
    """What a kill looks like from within: nothing is tidied up."""


@pytest.mark.parametrize("at", ["storage", "row", "move", "seen"])
def test_a_worker_that_dies_at_any_step_loses_nothing(server, run_jobs, monkeypatch, at):
    steps = {
        "storage": (incoming, "ContentFile"),
        "row": (incoming, "_row"),
        "move": (incoming, "_move_on"),
        "seen": (imap.MailServer, "mark_seen"),
    }
    fetch_letters()
    server.put(number(0))
    server.put(number(1))
    with monkeypatch.context() as dying:

        def die(*args, **kwargs):
            raise Killed

        dying.setattr(*steps[at], die)
        with pytest.raises(Killed):
            fetch_letters()
    Mailbox.objects.update(leased_until="2020-01-01T00:00Z")
    fetch_letters()
    run_jobs()
    assert subjects() == ["Subject 0", "Subject 1"]
    assert IncomingMail.objects.count() == 2
    assert server.unseen() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_keep_each_letter_once(shared_database, server):
    for count in range(10):
        server.put(number(count))
    in_parallel(3, lambda _number: fetch_letters())
    assert IncomingMail.objects.count() == 10
    assert Job.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_killed_workers_lose_nothing_and_do_nothing_twice(server, start_worker, tmp_path):
    letters = 60
    for count in range(letters):
        server.put(number(count))
    environment = {
        "SUPPORT_MAIL_URL": server.url,
        "JOB_LEASE_SECONDS": "2",
        "PRIVATE_MEDIA_ROOT": str(site.PRIVATE_MEDIA_ROOT),
    }
    dice = random.Random(6)
    for _life in range(5):
        fetch_support_letters.enqueue()
        process = start_worker(**environment)
        time.sleep(dice.uniform(2, 4))
        process.kill()
        process.wait()

    def is_done() -> bool:
        return Ticket.objects.count() >= letters

    start_worker(**environment)
    deadline = time.monotonic() + 90
    while not is_done() and time.monotonic() < deadline:
        fetch_support_letters.enqueue()
        time.sleep(3)
    wait_until(lambda: not IncomingMail.objects.filter(outcome=MailOutcome.WAITING).exists())
    assert subjects() == sorted(f"Subject {count}" for count in range(letters))
    assert IncomingMail.objects.count() == letters
    wait_until(lambda: server.unseen() == 0)
