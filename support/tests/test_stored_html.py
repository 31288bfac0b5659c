"""What people write into tickets is never markup of a page or of a letter."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from support.services.talking import add_note, answer
from support.tests.people import customer, desk_worker, opened
from users.models import CustomUser, Organization

pytestmark = pytest.mark.django_db
HOSTILE = (
    '<script>alert("zz")</script><img src=x onerror=alert(1)>'
    "[a](javascript:alert(1)) ![b](https://tracker.example/x.png) **&lt;b&gt;**"
)
NEVER = ("<script>alert", "<img src=x", 'href="javascript:', 'src="https://tracker.example')


@pytest.fixture
def owner():
    actor = customer()
    CustomUser.objects.filter(pk=actor.user_id).update(full_name=HOSTILE[:150])
    Organization.objects.filter(pk=actor.organization_id).update(name=HOSTILE[:150])
    actor.user.refresh_from_db()
    return actor


@pytest.fixture
def ticket(owner):
    staff = desk_worker()
    file = SimpleUploadedFile("<b>zz.txt", b"words")
    ticket = opened(owner, HOSTILE[:200], HOSTILE, uploads=[file])
    answer(staff, ticket, HOSTILE)
    answer(owner, ticket, HOSTILE, quoted=HOSTILE)
    add_note(staff, ticket, HOSTILE)
    return ticket


def harmless(html: str) -> bool:
    return not any(bad in html for bad in NEVER)


def test_pages_show_it_as_text(owner, ticket, sign_in):
    staff = desk_worker()
    pages = [
        (owner, reverse("ticket_list")),
        (owner, reverse("ticket_detail", args=[ticket.number])),
        (owner, reverse("search") + "?q=alert"),
        (staff, reverse("desk_list") + "?group=open"),
        (staff, reverse("desk_ticket", args=[ticket.number])),
        (staff, reverse("search") + "?q=alert"),
    ]
    for actor, url in pages:
        response = sign_in(actor).get(url)
        assert response.status_code == 200, url
        html = response.content.decode()
        assert "alert" in html
        assert harmless(html), url


def test_bells_and_letters_show_it_as_text(owner, ticket, sign_in, run_jobs, mailoutbox):
    run_jobs()
    html = sign_in(owner).get(reverse("notification_list")).content.decode()
    assert ticket.number in html
    assert harmless(html)
    assert mailoutbox
    for mail in mailoutbox:
        for content, kind in mail.alternatives:
            assert kind == "text/html"
            assert harmless(content)
