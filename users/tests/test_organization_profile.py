"""What an organization says of itself: the card, requisites, hours, its own days, the logo."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden
from core.models import Event
from users.models import Organization, OrganizationDay
from users.services import profile
from users.tests.factories import MembershipFactory, OrganizationFactory, make_actor

pytestmark = pytest.mark.django_db

INN, OGRN, BIC = "7707083893", "1027700132195", "044525225"


def changed_fields():
    return [event.data["fields"] for event in Event.objects.order_by("pk")]


def card(organization, **changed):
    fields = {name: str(getattr(organization, name)) for name in profile.CARD}
    return fields | {"mark": profile.seen(organization, profile.CARD)} | changed


def requisites(organization, **changed):
    fields = {name: getattr(organization, name) for name in profile.REQUISITES}
    return fields | {"mark": profile.seen(organization, profile.REQUISITES)} | changed


def a_picture(size=(2000, 1000), kind="PNG"):
    kept = io.BytesIO()
    Image.new("RGB", size, "teal").save(kept, kind)
    return SimpleUploadedFile("../../logo.svg.png", kept.getvalue(), "image/png")


# --- the card ---------------------------------------------------------------------------------
def test_a_manager_changes_the_card_and_everybody_reads_it(sign_in):
    manager = make_actor(role=Role.MANAGER)
    response = sign_in(manager).post(
        reverse("organization_edit"),
        card(
            manager.organization,
            name=" ООО  Связь ",
            website="example.com",
            phone="8 912 345-67-89",
            about="Мы",
        ),
    )
    assert response.url == reverse("organization_profile")
    row = Organization.objects.get(pk=manager.organization.pk)
    assert (row.name, row.search_name, row.website, str(row.phone), row.about) == (
        "ООО Связь",
        "ооо связь",
        "https://example.com",
        "+79123456789",
        "Мы",
    )
    (fields,) = changed_fields()
    assert set(fields) == {"name", "website", "phone", "about"}
    viewer = make_actor(role=Role.VIEWER, organization=row)
    browser = sign_in(viewer)
    assert "ООО Связь" in browser.get(reverse("organization_profile")).content.decode()
    assert browser.get(reverse("organization_edit")).status_code == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("name", "!!!"),
        ("website", "javascript:alert(1)"),
        ("website", "ftp://example.com"),
        ("phone", "12"),
        ("email", "nobody"),
        ("about", "x" * 2001),
    ],
)
def test_bad_input_is_refused_beside_its_field_and_kept(sign_in, field, value):
    manager = make_actor(role=Role.MANAGER)
    response = sign_in(manager).post(
        reverse("organization_edit"), card(manager.organization, **{field: value})
    )
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert Event.objects.count() == 0


def test_an_edit_of_an_old_version_is_refused_and_shows_what_is_there(sign_in):
    manager = make_actor(role=Role.MANAGER)
    old = card(manager.organization, about="Моё")
    profile.change_card(manager, manager.organization, **card(manager.organization, about="Чужое"))
    browser = sign_in(manager)
    response = browser.post(reverse("organization_edit"), old)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Чужое" in page
    assert "Моё" in page
    again = response.context["form"].data["mark"]
    assert browser.post(reverse("organization_edit"), old | {"mark": again}).status_code == 302
    manager.organization.refresh_from_db()
    assert manager.organization.about == "Моё"


def test_nothing_but_the_card_is_set_by_its_form(sign_in):
    organization = OrganizationFactory(kind=OrganizationKind.PROVIDER, verified_at=None)
    manager = make_actor(role=Role.MANAGER, organization=organization)
    extra = {
        "inn": INN,
        "verified_at": "2026-01-01",
        "kind": "AGENCY",
        "is_claimed": "",
        "is_sandbox": "on",
        "bank_bic": BIC,
        "opens_at": "01:00",
    }
    sign_in(manager).post(reverse("organization_edit"), card(organization, about="Новое") | extra)
    row = Organization.objects.get(pk=organization.pk)
    assert row.about == "Новое"
    assert (row.inn, row.verified_at, row.kind, row.is_claimed, row.is_sandbox, row.bank_bic) == (
        "",
        None,
        "PROVIDER",
        True,
        False,
        "",
    )


def test_below_manager_nothing_is_changed():
    member = make_actor(role=Role.MEMBER)
    organization = member.organization
    for act in (
        lambda: profile.change_card(member, organization, **card(organization)),
        lambda: profile.set_logo(member, organization, a_picture()),
        lambda: profile.remove_logo(member, organization),
        lambda: profile.set_day(member, organization, day=clock.today(), is_working=False),
        lambda: profile.forget_day(member, organization, clock.today()),
        lambda: profile.change_hours(member, organization, ""),
    ):
        with pytest.raises(Forbidden):
            act()


def test_an_owner_of_another_organization_changes_nothing():
    other = make_actor(role=Role.OWNER)
    organization = OrganizationFactory()
    with pytest.raises(Forbidden):
        profile.change_card(other, organization, **card(organization))
    with pytest.raises(Forbidden):
        profile.change_requisites(other, organization, **requisites(organization))


# --- requisites -------------------------------------------------------------------------------
def test_an_owner_keeps_requisites_and_a_manager_does_not(sign_in):
    owner = make_actor(role=Role.OWNER)
    wanted = requisites(
        owner.organization,
        legal_name="ООО «Связь»",
        inn="7707 083 893",
        kpp="773601001",
        ogrn=OGRN,
        bank_bic=BIC,
        bank_account="40702810900000000001",
        bank_correspondent="30101810400000000225",
    )
    response = sign_in(owner).post(reverse("organization_requisites"), wanted)
    assert response.status_code in (302, 422)
    if response.status_code == 422:
        assert list(response.context["form"].errors) == ["bank_account"]
        wanted["bank_account"] = ""
        assert sign_in(owner).post(reverse("organization_requisites"), wanted).status_code == 302
    row = Organization.objects.get(pk=owner.organization.pk)
    assert (row.inn, row.kpp, row.ogrn, row.bank_correspondent) == (
        INN,
        "773601001",
        OGRN,
        "30101810400000000225",
    )
    manager = make_actor(role=Role.MANAGER, organization=row)
    assert sign_in(manager).get(reverse("organization_requisites")).status_code == 403
    with pytest.raises(Forbidden):
        profile.change_requisites(manager, row, **requisites(row))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("inn", "7707083894"),
        ("inn", "123"),
        ("ogrn", "1027700132196"),
        ("kpp", "12"),
        ("bank_bic", "1"),
        ("bank_correspondent", "30101810400000000226"),
    ],
)
def test_a_slip_in_a_number_is_said_beside_it(sign_in, field, value):
    owner = make_actor(role=Role.OWNER)
    given = requisites(owner.organization, bank_bic=BIC) | {field: value}
    response = sign_in(owner).post(reverse("organization_requisites"), given)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert value in response.content.decode()


def test_a_verified_organization_keeps_the_numbers_it_was_verified_by():
    organization = OrganizationFactory(kind=OrganizationKind.PROVIDER, inn=INN, ogrn=OGRN)
    owner = make_actor(role=Role.OWNER, organization=organization)
    with pytest.raises(DomainError) as refused:
        profile.change_requisites(owner, organization, **requisites(organization, inn="5003052454"))
    assert refused.value.field == "inn"
    profile.change_requisites(owner, organization, **requisites(organization, legal_name="ООО"))
    organization.refresh_from_db()
    assert (organization.inn, organization.legal_name) == (INN, "ООО")


# --- the logo ---------------------------------------------------------------------------------
@pytest.fixture
def media(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def files_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_logo_is_written_anew_small_and_under_a_random_name(
    sign_in, media, django_capture_on_commit_callbacks
):
    manager = make_actor(role=Role.MANAGER)
    browser = sign_in(manager)
    browser.post(reverse("organization_logo"), {"logo": a_picture()})
    manager.organization.refresh_from_db()
    first = manager.organization.logo.name
    with manager.organization.logo.open() as stored, Image.open(stored) as kept:
        assert max(kept.size) == 512
    assert "logo" not in first
    assert (
        manager.organization.logo.url
        in browser.get(reverse("organization_profile")).content.decode()
    )
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(reverse("organization_logo"), {"logo": a_picture((10, 10))})
    manager.organization.refresh_from_db()
    assert manager.organization.logo.name != first
    assert len(files_in(media)) == 1
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(reverse("organization_logo"), {"remove": "1"})
    manager.organization.refresh_from_db()
    assert not manager.organization.logo
    assert files_in(media) == []


def test_what_is_no_picture_is_refused_beside_the_field(sign_in, media):
    manager = make_actor(role=Role.MANAGER)
    svg = SimpleUploadedFile("logo.png", b"<svg onload='alert(1)'/>", "image/png")
    response = sign_in(manager).post(reverse("organization_logo"), {"logo": svg})
    assert response.status_code == 422
    assert "logo" in response.context["logo_form"].errors
    assert files_in(media) == []
    assert sign_in(manager).post(reverse("organization_logo"), {}).status_code == 422


# --- hours and days ---------------------------------------------------------------------------
def hours(organization, **changed):
    given = {"time_zone": "Asia/Omsk", "opens_at": "08:00", "closes_at": "20:00"}
    return given | {"mark": profile.seen(organization, profile.HOURS)} | changed


def test_a_manager_sets_hours_and_a_member_reads_them(sign_in):
    manager = make_actor(OrganizationKind.PROVIDER, Role.MANAGER)
    organization = manager.organization
    organization.refresh_from_db()
    url = reverse("organization_calendar")
    assert sign_in(manager).post(url, hours(organization)).status_code == 302
    organization.refresh_from_db()
    assert (organization.time_zone, organization.opens_at.hour, organization.closes_at.hour) == (
        "Asia/Omsk",
        8,
        20,
    )
    member = make_actor(role=Role.MEMBER, organization=organization)
    browser = sign_in(member)
    assert browser.get(url).status_code == 200
    assert browser.post(url, hours(organization)).status_code in (403, 405)
    bad = hours(organization, time_zone="Mars/Phobos", opens_at="25:00")
    response = sign_in(manager).post(url, bad)
    assert set(response.context["form"].errors) == {"time_zone", "opens_at"}


def test_a_day_is_said_once_and_said_again_and_forgotten(sign_in):
    manager = make_actor(OrganizationKind.PROVIDER, Role.MANAGER)
    browser = sign_in(manager)
    day = clock.today() + timedelta(days=10)
    url = reverse("organization_day_set")
    browser.post(url, {"day": day.isoformat(), "is_working": "", "note": "Учёт"})
    browser.post(url, {"day": day.isoformat(), "is_working": "1"})
    row = OrganizationDay.objects.get()
    assert (row.day, row.is_working, row.note) == (day, True, "")
    forget = reverse("organization_day_forget", args=[day.isoformat()])
    assert browser.post(forget).status_code == 302
    assert browser.post(forget).status_code == 404
    assert not OrganizationDay.objects.exists()


@pytest.mark.parametrize("shift", [-1, 3 * 366])
def test_a_day_that_is_past_or_far_is_refused(sign_in, shift):
    manager = make_actor(OrganizationKind.PROVIDER, Role.MANAGER)
    day = clock.today() + timedelta(days=shift)
    response = sign_in(manager).post(reverse("organization_day_set"), {"day": day.isoformat()})
    assert response.status_code == 422
    assert "day" in response.context["day_form"].errors


def test_hours_of_an_old_version_are_refused():
    manager = make_actor(OrganizationKind.PROVIDER, Role.MANAGER)
    with pytest.raises(Conflict):
        profile.change_hours(manager, manager.organization, "0" * 16, works_weekends=True)


def test_a_private_person_has_no_such_pages(sign_in):
    browser = sign_in(make_actor(OrganizationKind.PERSON, Role.OWNER))
    for name in ("organization_profile", "member_list", "team_list", "organization_calendar"):
        assert browser.get(reverse(name)).status_code == 404


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("organization_profile", True),
        ("member_list", True),
        ("team_list", True),
        ("organization_calendar", True),
        ("organization_verification", True),
        ("organization_edit", False),
        ("invitation_new", False),
        ("organization_claim", True),
    ],
)
def test_the_switcher_keeps_the_page_where_the_other_organization_has_it(sign_in, name, kept):
    provider = make_actor(OrganizationKind.PROVIDER, Role.OWNER)
    agency = OrganizationFactory()
    MembershipFactory(user=provider.user, organization=agency, role=Role.VIEWER)
    response = sign_in(provider).post(
        reverse("organization_switch"), {"organization": agency.public_id, "next": reverse(name)}
    )
    assert response.url == (reverse(name) if kept else reverse("home"))
