"""Notes, files and assignment."""

import io
import zipfile

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile

from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event, EventParty
from core.uploads import CONTENT_TYPES, clean_name
from subscriptions.choices import RequestState
from subscriptions.models import RequestFile
from subscriptions.services.requests import add_file, add_note, assign_request
from subscriptions.tests.factories import PlanFactory, request_in
from users.tests.factories import MembershipFactory, UserFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY, Role.MEMBER)


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER, Role.MEMBER)


@pytest.fixture
def request_(agent, operator):
    return request_in(
        RequestState.CHECKING,
        owner=agent.organization,
        plan=PlanFactory(provider=operator.organization),
    )


def upload(name: str = "plan.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def office(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return stream.getvalue()


DOCX = office("[Content_Types].xml", "word/document.xml")
XLSX = office("[Content_Types].xml", "xl/workbook.xml")


# --- notes --------------------------------------------------------------------------------------


def test_members_of_both_sides_add_notes_whoever_works_the_request(request_, agent, operator):
    for actor in (agent, operator, make_staff()):
        note = add_note(actor, request_, "  Code of the door: 12\x00\r\nSecond floor ")
        assert note.text == "Code of the door: 12\nSecond floor"
        assert (note.author_id, note.organization_id) == (actor.user_id, actor.organization_id)


def test_a_note_is_told_by_its_id_and_never_to_the_holder(agent, operator):
    holder = make_actor(OrganizationKind.PERSON, Role.OWNER)
    request = request_in(
        RequestState.CHECKING,
        owner=agent.organization,
        plan=PlanFactory(provider=operator.organization),
        holder=holder.organization,
    )
    note = add_note(agent, request, "Ivan's phone is 8 900")
    event = Event.objects.get(kind="note.added")
    assert event.data == {"number": request.number, "note": note.pk}
    told = set(EventParty.objects.filter(event=event).values_list("organization_id", flat=True))
    assert told == {request.owner_id, request.provider_id}
    with pytest.raises(Forbidden):
        add_note(holder, request, "May I?")


def test_an_empty_or_endless_note_is_refused(request_, agent):
    for text in ("", "  \x07 ", "x" * 4001):
        with pytest.raises(DomainError) as refused:
            add_note(agent, request_, text)
        assert refused.value.field == "text"


def test_viewers_and_strangers_add_nothing(request_, agent):
    viewer = make_actor(role=Role.VIEWER, organization=agent.organization)
    for act in (
        lambda who: add_note(who, request_, "x"),
        lambda who: add_file(who, request_, upload()),
    ):
        with pytest.raises(Forbidden):
            act(viewer)
        with pytest.raises(NotVisible):
            act(make_actor(OrganizationKind.PROVIDER))


# --- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan.pdf", PDF),
        ("door.JPG", b"\xff\xd8\xff\xe0 rest"),
        ("door.jpeg", b"\xff\xd8\xff\xe1 rest"),
        ("door.png", b"\x89PNG\r\n\x1a\n rest"),
        ("door.heic", b"\x00\x00\x00\x18ftypheic rest"),
        ("act.docx", DOCX),
        ("list.xlsx", XLSX),
        ("words.txt", "Ключ у консьержа".encode()),
        ("words.txt", "Ключ у консьержа".encode("cp1251")),
        ("list.csv", b"a;b\r\n1;2\r\n"),
    ],
)
def test_known_kinds_are_kept_privately_under_a_random_name(request_, agent, name, content):
    added = add_file(agent, request_, upload(name, content))
    assert added.name == name.rpartition(".")[0] + "." + name.rpartition(".")[2].lower()
    assert added.size == len(content)
    assert "door" not in added.file.name
    with storages["private"].open(added.file.name) as stored:
        assert stored.read() == content
    event = Event.objects.get(kind="file.added")
    assert event.data == {"number": request_.number, "file": added.pk}


HOSTILE = [
    ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    ("page.html", b"<html></html>"),
    ("run.exe", b"MZ"),
    ("no_ending", PDF),
    ("trick.pdf", b"<html><script>alert(1)</script>%PDF-"),
    ("trick.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ("trick.txt", b"\xef\xbb\xbf <!DOCTYPE html><script>alert(1)</script>"),
    ("trick.txt", b"plain \x00 binary"),
    ("trick.csv", b"a;<SVG onload=alert(1)>"),
    ("trick.docx", XLSX),
    ("trick.docx", b"PK\x03\x04 not an archive at all, and long enough to be asked for its end"),
    ("trick.xlsx", office("readme.txt")),
    ("macro.docx", office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")),
    ("empty.pdf", b""),
]


@pytest.mark.parametrize(("name", "content"), HOSTILE)
def test_everything_else_is_refused(request_, agent, name, content):
    with pytest.raises(DomainError) as refused:
        add_file(agent, request_, upload(name, content))
    assert refused.value.field == "file"
    assert not RequestFile.objects.exists()


def test_an_archive_that_names_millions_of_parts_is_refused_unread(request_, agent, monkeypatch):
    end = DOCX[-22:]
    huge = DOCX[:-22] + end[:12] + (64 * 1024 * 1024).to_bytes(4, "little") + end[16:]
    monkeypatch.setattr("zipfile.ZipFile", None)
    with pytest.raises(DomainError):
        add_file(agent, request_, upload("act.docx", huge))


def test_a_file_that_is_too_large_is_refused_unread(request_, agent, settings):
    settings.UPLOAD_MAX_BYTES = 10
    with pytest.raises(DomainError) as refused:
        add_file(agent, request_, upload())
    assert refused.value.field == "file"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\plan.PDF", "plan.pdf"),
        ("..\\..\\boot.txt", "boot.txt"),
        (".hidden.txt", "hidden.txt"),
        ("invoice\u202efdp.txt", "invoicefdp.txt"),
        ("a\x00b\r\nSet-Cookie: x.txt", "abSet-Cookie_ x.txt"),
        ('"><img src=x>.png', "___img src=x_.png"),
        ("x" * 300 + ".pdf", "x" * 120 + ".pdf"),
        ("договор аренды.pdf", "договор аренды.pdf"),
    ],
)
def test_names_are_made_harmless(raw, clean):
    assert clean_name(raw) == clean


@pytest.mark.parametrize("raw", ["", "/", "..", "pdf", ".pdf", "plan.pdf/", "plan.pdf."])
def test_names_without_a_known_ending_are_refused(raw):
    with pytest.raises(DomainError):
        clean_name(raw)


def test_when_the_row_cannot_be_written_no_file_is_left(request_, agent, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("disk full")

    kept = []
    save = type(storages["private"]).save
    monkeypatch.setattr(
        type(storages["private"]),
        "save",
        lambda self, *args, **kwargs: kept.append(save(self, *args, **kwargs)) or kept[-1],
    )
    monkeypatch.setattr("subscriptions.services.requests.files.emit", fail)
    with pytest.raises(RuntimeError):
        add_file(agent, request_, upload())
    assert len(kept) == 1
    assert not storages["private"].exists(kept[0])
    assert not RequestFile.objects.exists()


def test_every_kind_has_a_type_to_be_handed_out_as():
    assert all("html" not in kind and "svg" not in kind for kind in CONTENT_TYPES.values())


# --- assignment ---------------------------------------------------------------------------------


@pytest.fixture
def manager(operator):
    return make_actor(role=Role.MANAGER, organization=operator.organization)


def test_a_manager_of_the_provider_gives_the_request_to_a_member_and_takes_it_back(
    request_, manager, operator
):
    row = assign_request(manager, request_, operator.user)
    assert (row.assignee_id, row.version) == (operator.user_id, request_.version + 1)
    event = Event.objects.get(kind="request.assigned")
    assert event.data == {"number": request_.number, "assignee": operator.user_id}
    assert assign_request(manager, request_, operator.user).version == row.version
    assert Event.objects.filter(kind="request.assigned").count() == 1
    assert assign_request(manager, request_, None).assignee_id is None


def test_only_working_members_of_the_provider_are_assigned(request_, manager, agent):
    viewer = make_actor(role=Role.VIEWER, organization=manager.organization).user
    gone = MembershipFactory(
        organization=manager.organization, role=Role.MEMBER, is_active=False
    ).user
    for user in (agent.user, viewer, gone, UserFactory()):
        with pytest.raises(DomainError) as refused:
            assign_request(manager, request_, user)
        assert refused.value.field == "user"


def test_members_and_the_agent_side_assign_nobody(request_, agent, operator):
    boss = make_actor(role=Role.OWNER, organization=agent.organization)
    for actor in (operator, agent, boss):
        with pytest.raises(Forbidden):
            assign_request(actor, request_, operator.user)


def test_a_closed_request_is_not_assigned(manager, operator):
    request = request_in(RequestState.REJECTED, plan=PlanFactory(provider=operator.organization))
    with pytest.raises(Conflict):
        assign_request(manager, request, operator.user)
