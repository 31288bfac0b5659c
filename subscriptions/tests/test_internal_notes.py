"""Internal notes: read by the organization that wrote them, and found nowhere else."""

import io
import json

import pytest
from django.contrib.admin import site
from pypdf import PdfReader

from core.choices import OrganizationKind, PartyRole, Role
from core.errors import Forbidden
from core.models import Event, EventParty, Notification
from core.personal_data.registry import sections
from core.timeline import read_timeline, sides_on
from subscriptions.choices import RequestState
from subscriptions.models import RequestNote
from subscriptions.services.requests import add_note, assign_request
from subscriptions.tests.factories import request_in
from subscriptions.tests.sides import text, url
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db
SECRET = "Zqsecret of the cellar"
LABEL = "Internal note"


def colleague_of(actor, role=Role.MANAGER):
    return make_actor(actor.kind, role, organization=actor.organization)


@pytest.mark.parametrize("writer", ["agent", "operator"])
def test_an_internal_note_is_nowhere_on_the_other_side(
    sides, writer, sign_in, run_jobs, mailoutbox, settings
):
    """Page, fragments, conflict, search, bell, mail, exports, print, PDF, feed, archive, admin."""
    settings.LANGUAGE_CODE = "en"
    author = getattr(sides, writer)
    others = [one for one in (sides.agent, sides.operator, sides.holder) if one is not author]
    request = sides.request(RequestState.IN_PROGRESS)
    assign_request(sides.operator, request, sides.operator.user)
    run_jobs()
    mailoutbox.clear()
    Notification.objects.all().delete()

    named = colleague_of(author)
    note = add_note(author, request, f"{SECRET} @{named.user.full_name}", internal=True)
    run_jobs()

    own = text(sign_in(author).get(url(request)))
    assert SECRET in own
    for other in others:
        browser = sign_in(other)
        seen_there = [
            text(browser.get(path, **headers))
            for path, headers in (
                (url(request), {}),
                (url(request, "?fragment=history"), {}),
                (url(request, "?fragment=standing"), {}),
                (url(request, "related/"), {"HTTP_HX_REQUEST": "true"}),
                (url(request, "print/"), {}),
                ("/requests/", {}),
                (f"/requests/?q={request.number}", {}),
                ("/search/?q=Zqsecret", {}),
                ("/notifications/", {}),
                ("/notifications/bell/", {}),
            )
        ]
        conflict = browser.post(url(request, "move/start_check/"), {"seen": "1", "version": "1"})
        seen_there.append(text(conflict))
        for content in seen_there:
            # What the reader searched for is repeated to them.
            content = content.replace("Zqsecret&quot;", "").replace('value="Zqsecret"', "")
            assert SECRET not in content
            assert named.user.full_name not in content
            assert "note-internal" not in content
            assert "tone-internal" not in content
        assert not Notification.objects.filter(user=other.user).exists()
        for paper in ("form", "act"):
            made = browser.get(url(request, f"papers/{paper}.pdf"))
            pages = PdfReader(io.BytesIO(made.content)).pages
            assert pages
            assert all("Zqsecret" not in page.extract_text() for page in pages)
        archive = [list(section.rows(other.user)) for section in sections()]
        assert SECRET not in json.dumps(archive, default=str)
        entries = read_timeline(other, [request], sides_on(other, request))
        assert note.pk not in {entry.data.get("note") for entry in entries}
        parties = EventParty.objects.filter(
            event__kind__in=("note.internal_added", "note.mentioned"),
            organization=other.organization,
        )
        assert not parties.exists()
    assert {mail.to[0] for mail in mailoutbox} <= {author.user.email, named.user.email}
    assert all(SECRET not in mail.body for mail in mailoutbox)
    assert SECRET not in json.dumps(list(Event.objects.values_list("data", flat=True)))
    assert RequestNote.objects.get(pk=note.pk).is_internal


def test_it_looks_other_than_a_shared_one(sides, sign_in):
    request = sides.request()
    browser = sign_in(sides.agent)
    browser.post(url(request, "notes/"), {"text": "For us", "internal": "1"})
    browser.post(url(request, "notes/"), {"text": "For both"})
    lines = {line.text: line for line in browser.get(url(request)).context["history"].lines}
    assert (lines["For us"].tone, lines["For us"].icon) == ("internal", "lock")
    assert (lines["For both"].tone, lines["For both"].icon) == ("neutral", "message")
    assert lines["For us"].title != lines["For both"].title
    content = text(browser.get(url(request)))
    assert 'name="internal" value="1"' in content


def test_a_colleague_reads_it_and_who_filed_is_told(sides, sign_in, run_jobs):
    request = sides.request()
    colleague = colleague_of(sides.agent, Role.MEMBER)
    run_jobs()
    Notification.objects.all().delete()
    add_note(colleague, request, "Call before noon", internal=True)
    run_jobs()
    (told,) = Notification.objects.all()
    assert (told.user, told.event.kind) == (sides.agent.user, "note.internal_added")
    assert "Call before noon" in text(sign_in(sides.agent).get(url(request)))
    viewer = colleague_of(sides.agent, Role.VIEWER)
    assert "Call before noon" in text(sign_in(viewer).get(url(request)))


def test_who_acts_for_no_organization_of_it_writes_none(sides, sign_in):
    request = sides.request()
    staff = make_staff()
    with pytest.raises(Forbidden):
        add_note(staff, request, "Of the staff", internal=True)
    assert 'name="internal"' not in text(sign_in(staff).get(url(request)))
    with pytest.raises(Forbidden):
        add_note(sides.holder, request, "Of the holder", internal=True)
    assert not RequestNote.objects.filter(is_internal=True).exists()


def test_an_account_manager_reads_those_of_the_organization_in_charge_alone(sides):
    request = sides.request()
    add_note(sides.agent, request, "Ours alone", internal=True)
    shown = site.get_model_admin(RequestNote)
    for actor, reads in ((sides.agent, True), (sides.operator, False)):
        charge = shown.in_charge([actor.organization_id])
        assert RequestNote.objects.filter(charge, text="Ours alone").exists() is reads


def test_its_event_is_the_writers_alone(sides):
    request = sides.request()
    add_note(sides.operator, request, "Ours alone", internal=True)
    event = Event.objects.get(kind="note.internal_added")
    party = event.parties.get()
    assert (party.organization, party.role) == (sides.operator.organization, PartyRole.PROVIDER)


def test_a_private_person_who_files_keeps_notes_of_its_own(sign_in):
    person = make_actor(OrganizationKind.PERSON, Role.OWNER)
    request = request_in(
        RequestState.CHECKING, owner=person.organization, holder=person.organization, client=None
    )
    add_note(person, request, "The dog bites", internal=True)
    assert "The dog bites" in text(sign_in(person).get(url(request)))
