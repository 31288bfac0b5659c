"""Internal notes are nowhere outside: no page, letter, bell, file, archive, event or search of a
customer's holds a word of them.

A note stands on every ticket that the samples of the routes have made, so that a route added later
is walked too, as soon as it has a sample (without one the tests of access fail).
"""

import ast
import json
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from core.choices import OrganizationKind, PartyRole, Role
from core.events.registry import kinds
from core.finding import find_everything
from core.models import Event, EventParty, Notification
from core.notifications.reading import lines_of
from core.personal_data.archive import archive_of
from core.tests.test_access_matrix import ROUTES, Cast
from core.timeline import read_timeline
from support.desk_table import COLUMNS
from support.models import InternalNote, NoteFile, Ticket
from support.selectors.thread import thread_of
from support.services.exporting import start_export
from support.services.moving import move_ticket
from support.services.talking import add_note, answer
from support.tests.people import around, customer, desk_worker, opened

pytestmark = pytest.mark.django_db
# Asked for, and told from what was asked for: a page of a search repeats what was typed.
WORD, NEIGHBOUR = "zznotezz", "zzneighbourzz"
TEXT = f"Between us: {WORD} {NEIGHBOUR}"
# Modules that know of notes. What shows, sends or hands out anything to customers is none of them.
KNOW_NOTES = {
    "support/models/__init__.py",
    "support/models/tickets.py",
    "support/services/notes.py",
    "support/selectors/notes.py",
    "support/admin/notes.py",
}
CUSTOMERS = {"AGENCY OWNER", "AGENCY MANAGER", "AGENCY MEMBER", "AGENCY VIEWER"}


def noted(ticket, *people) -> None:
    """A note with the canary in its words, in a file's name and in the file."""
    named = " ".join(f"@{actor.user.email}" for actor in people)
    file = SimpleUploadedFile(f"{WORD}.txt", TEXT.encode())
    add_note(desk_worker(), ticket, f"{TEXT} {named}".strip(), uploads=[file])


def holds(content) -> bool:
    data = content if isinstance(content, bytes) else str(content).encode()
    return NEIGHBOUR.encode() in data or WORD.encode() in data


def stored() -> set[Path]:
    return {path for path in Path(settings.PRIVATE_MEDIA_ROOT).rglob("*") if path.is_file()}


@pytest.fixture(autouse=True)
def _no_files_of_other_tests():
    for path in stored():
        path.unlink()


@pytest.fixture
def owner():
    return customer(kind=OrganizationKind.AGENCY)


@pytest.fixture
def ticket(owner):
    """A ticket with all that happens to one, and a note after each step."""
    staff = desk_worker()
    ticket = opened(owner)
    noted(ticket, desk_worker())
    answer(staff, ticket, "Look at the cable", then="await_customer")
    noted(ticket)
    answer(owner, ticket, "No")
    move_ticket(staff, ticket.number, "solve")
    noted(ticket)
    return ticket


# --- pages ------------------------------------------------------------------------------------
def body_of(response) -> bytes:
    if response.streaming:
        return b"".join(response.streaming_content)
    return response.content + str(response.headers).encode()


def addresses(cast, route) -> list[str]:
    url = cast.url(route)
    if not route.path.startswith(("support/", "desk/", "help/")):
        return [url]
    return [url, *(f"{url}?fragment={name}" for name in ("rows", "thread", "standing", "notes"))]


def is_known(cast, route) -> bool:
    return not route.is_admin and route.name in cast.kwargs


@pytest.fixture
def cast():
    cast = Cast()
    tickets = Ticket.objects.exclude(owner=None)
    assert tickets.exists()
    for ticket in tickets:
        noted(ticket)
    if "note_file" in cast.kwargs:
        cast.kwargs["note_file"] = {"public_id": NoteFile.objects.latest("pk").public_id}
    return cast


def test_no_page_of_a_customer_holds_a_word_of_them(cast):
    """Every route there is, as the owner; those of the desk as everybody of the organization."""
    leaks = []
    for route in ROUTES:
        if not is_known(cast, route):
            continue
        is_desk = route.path.startswith(("support/", "desk/", "help/"))
        for name in sorted(CUSTOMERS) if is_desk else ["AGENCY OWNER"]:
            browser = cast.browser_of(cast.people[name])
            for url in addresses(cast, route):
                for headers in ({}, {"HX-Request": "true"}) if is_desk else ({},):
                    if holds(body_of(browser.get(url, headers=headers))):
                        leaks.append((route.name, name, url))
    assert leaks == []


def test_nor_of_other_tenants_and_visitors(cast):
    leaks = []
    people = {"stranger": cast.strangers["AGENCY OWNER"], "anonymous": cast.people["anonymous"]}
    for route in ROUTES:
        if is_known(cast, route) and route.path.startswith(("support/", "desk/", "help/")):
            for name, actor in people.items():
                browser = cast.browser_of(actor)
                if any(holds(body_of(browser.get(url))) for url in addresses(cast, route)):
                    leaks.append((route.name, name))
    assert leaks == []


def test_staff_do_find_them_there(cast):
    """Were there nothing to find, the tests above would prove nothing."""
    browser = cast.browser_of(cast.people["support"])
    found = {
        route.name
        for route in ROUTES
        if is_known(cast, route)
        and route.path.startswith("desk/")
        and any(holds(body_of(browser.get(url))) for url in addresses(cast, route))
    }
    assert found == {"note_file", "desk_ticket"}


# --- what is told -----------------------------------------------------------------------------
def test_no_letter_and_no_bell_holds_a_word_of_them(ticket, run_jobs, mailoutbox):
    run_jobs()
    assert mailoutbox
    assert [mail.to for mail in mailoutbox if holds(mail.message().as_bytes())] == []
    told = list(Notification.objects.select_related("event", "user"))
    assert told
    assert not any(holds(line) for line in lines_of(told))
    assert not any(holds(line) for line in lines_of(told, is_letter=True))


def test_a_note_is_told_to_no_organization(ticket, owner, run_jobs):
    run_jobs()
    told = Event.objects.filter(kind="ticket.noted")
    assert told.exists()
    assert not EventParty.objects.filter(event__in=told).exists()
    assert not Notification.objects.filter(event__in=told, organization__isnull=False).exists()
    assert not any(holds(json.dumps(event.data)) for event in Event.objects.all())
    assert set(kinds()["ticket.noted"].audiences) == {PartyRole.SUPPORT}
    for sides in ({PartyRole.OWNER}, {PartyRole.OWNER, PartyRole.HOLDER, PartyRole.PROVIDER}):
        read = read_timeline(owner, [ticket], sides)
        assert read
        assert "ticket.noted" not in {entry.kind for entry in read}


def test_kinds_of_the_desk_alone_name_no_other_side():
    """What the staff do among themselves reaches no webhook and no feed of an organization."""
    own = {
        "ticket.noted", "ticket.assigned", "ticket.sorted", "ticket.tagged", "ticket.related",
        "ticket.due_soon", "ticket.escalated", "ticket.mail_failed",
    }  # fmt: skip
    assert {name for name in own if set(kinds()[name].audiences) != {PartyRole.SUPPORT}} == set()


# --- what is read otherwise -------------------------------------------------------------------
def test_the_thread_of_a_customer_has_none(ticket, owner):
    staff = {"support", "administrator", "account manager"}
    for name, actor in around(owner).items():
        assert any(holds(entry) for entry in thread_of(actor, ticket)) == (name in staff), name


def test_no_search_finds_them(ticket, owner):
    for actor in (owner, desk_worker(), customer(Role.OWNER)):
        for text in (WORD, NEIGHBOUR, f"{WORD}.txt"):
            assert find_everything(actor, text, 5) == []


def test_a_search_of_pages_finds_none(ticket, owner, sign_in):
    browser: Browser = sign_in(owner)
    for url in ("/search/", "/support/", "/desk/", "/help/search/"):
        for text in (WORD, "Between us"):
            assert NEIGHBOUR.encode() not in body_of(browser.get(url, {"q": text}))


def test_neither_a_customers_archive_nor_that_of_its_writer_holds_them(ticket, owner):
    for user in (owner.user, InternalNote.objects.latest("pk").author):
        with archive_of(user, lambda done, total: None) as file, zipfile.ZipFile(file) as archive:
            assert archive.namelist()
            for name in archive.namelist():
                assert not holds(name)
                assert not holds(archive.read(name)), name


def test_no_stored_file_but_their_own_holds_them(ticket, owner, run_jobs):
    """Exports, papers, letters kept: whatever was made of the ticket."""
    exported = start_export(desk_worker(), "", list(COLUMNS), "csv")
    run_jobs()
    exported.refresh_from_db()
    with exported.result.open("rb") as file:
        assert ticket.number in file.read().decode("utf-8-sig")
    own = {Path(file.file.path) for file in NoteFile.objects.all()}
    assert own <= stored()
    assert [path for path in stored() - own if holds(path.read_bytes())] == []


# --- who knows of them ------------------------------------------------------------------------
def test_no_other_module_knows_of_notes():
    """A query of messages cannot find a note: only who names the tables can."""
    known = set()
    root = Path(settings.BASE_DIR)
    for app in ("core", "users", "locations", "subscriptions", "support", "developers", "pages"):
        for path in (root / app).rglob("*.py"):
            place = path.relative_to(root).as_posix()
            if "/tests/" not in place and "/migrations/" not in place and _names_notes(path):
                known.add(place)
    assert known == KNOW_NOTES


def _names_notes(path: Path) -> bool:
    tree = ast.parse(path.read_text())
    names = {"InternalNote", "NoteFile"}
    return any(
        (isinstance(node, ast.alias) and node.name in names)
        or (isinstance(node, ast.ClassDef) and node.name in names)
        or (isinstance(node, ast.Attribute) and node.attr in names)
        for node in ast.walk(tree)
    )
