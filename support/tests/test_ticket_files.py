"""Downloads: of messages by both sides, of notes by staff alone, and of nothing by others."""

import pytest
from django.urls import reverse

from support.models import MessageFile, NoteFile
from support.services.talking import add_note, answer
from support.tests.people import around, customer, desk_worker, opened, text_file
from users.acting import CHOSEN

pytestmark = pytest.mark.django_db
HOSTILE = b"<!-- not a page --> plain"


@pytest.fixture
def owner():
    return customer()


@pytest.fixture
def ticket(owner):
    ticket = opened(owner)
    staff = desk_worker()
    answer(staff, ticket, "See", uploads=[text_file("как подключить.txt", b"how to")])
    add_note(staff, ticket, "See", uploads=[text_file("hidden.txt", b"hidden words")])
    return ticket


def opened_by(sign_in, owner, url) -> set[str]:
    """Who of all is handed the file."""
    found = set()
    for name, actor in around(owner).items():
        if actor.user is None or name == "guest by leave":
            continue
        browser = sign_in(actor)
        if actor.organization is not None and actor.is_staff:
            session = browser.session
            session[CHOSEN] = actor.organization.public_id
            session.save()
        response = browser.get(url)
        assert response.status_code in {200, 404}
        if response.status_code == 200:
            assert b"".join(response.streaming_content)
            found.add(name)
    return found


def test_files_of_messages_are_for_who_sees_the_ticket(ticket, owner, sign_in, client):
    url = reverse("ticket_file", args=[MessageFile.objects.get().public_id])
    assert url == f"/support/files/{MessageFile.objects.get().public_id}/"
    assert opened_by(sign_in, owner, url) == {
        "member", "colleague", "viewer", "support", "administrator", "account manager",
    }  # fmt: skip
    assert client.get(url).status_code == 302


def test_files_of_notes_are_for_staff_who_act_for_nobody(ticket, owner, sign_in, client):
    url = reverse("note_file", args=[NoteFile.objects.get().public_id])
    assert url == f"/desk/files/{NoteFile.objects.get().public_id}/"
    assert opened_by(sign_in, owner, url) == {"support", "administrator", "account manager"}
    assert client.get(url).status_code in {302, 404}


def test_no_address_of_the_one_hands_out_the_other(ticket, owner, sign_in):
    message, note = MessageFile.objects.get(), NoteFile.objects.get()
    for actor in (owner, desk_worker()):
        browser = sign_in(actor)
        assert browser.get(reverse("ticket_file", args=[note.public_id])).status_code == 404
        assert browser.get(reverse("note_file", args=[message.public_id])).status_code == 404
        assert browser.get("/support/files/NOSUCHFILE22/").status_code == 404


def test_a_file_is_a_download_and_never_a_page(owner, sign_in):
    ticket = opened(owner)
    answer(owner, ticket, "See", uploads=[text_file('a"b.txt', HOSTILE)])
    url = reverse("ticket_file", args=[MessageFile.objects.get().public_id])
    response = sign_in(owner).get(url)
    assert b"".join(response.streaming_content) == HOSTILE
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"


def test_the_web_server_hands_it_over_where_it_can(ticket, owner, sign_in, settings):
    settings.SENDFILE_HEADER = "X-Accel-Redirect"
    file = MessageFile.objects.get()
    response = sign_in(owner).get(reverse("ticket_file", args=[file.public_id]))
    assert response["X-Accel-Redirect"] == f"/private/{file.file.name}"
    assert response.content == b""


def test_a_file_that_is_gone_from_the_disk_is_not_found(ticket, owner, sign_in):
    file = MessageFile.objects.get()
    file.file.delete(save=False)
    url = reverse("ticket_file", args=[file.public_id])
    assert sign_in(owner).get(url).status_code == 404
