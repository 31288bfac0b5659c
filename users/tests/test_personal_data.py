"""One's data taken away, and one's account erased: all of a canary is in the one, none is left."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import models
from django.test import Client as Browser
from django.urls import reverse

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.models import Job, Operation
from core.personal_data.archive import _cell
from subscriptions.models import RequestFile, RequestNote
from support.models import Ticket
from users.choices import SecurityKind
from users.models import Consent, CustomUser, Membership, Organization, SecurityRecord
from users.operations import erase_due_accounts
from users.services.personal_data import ask_deletion, owned_alone
from users.services.security import NOWHERE
from users.tests import canary
from users.tests.factories import PASSWORD, MembershipFactory, OrganizationFactory
from users.tests.mailbox import deliver
from users.tests.own import IPHONE, a_person, enter, is_in, prove

pytestmark = pytest.mark.django_db
DATA = "/users/profile/data/"
DELETE = "/users/profile/delete/"


@pytest.fixture(autouse=True)
def _no_files_of_other_tests():
    for path in canary.found_in_files():
        Path(path).unlink()


def archive_of(browser, run_jobs) -> zipfile.ZipFile:
    """The archive as the person gets it, through the pages."""
    prove(browser)
    assert browser.post(reverse("personal_data_export")).url == DATA
    run_jobs()
    (row,) = browser.get(DATA).context["archives"]
    assert row.state == Operation.State.DONE, row.error
    answer = browser.get(reverse("personal_data_download", args=[row.public_id]))
    # Read to the end it is closed as the test client does it, and the connection stays.
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def due(user) -> None:
    CustomUser.objects.filter(pk=user.pk).update(deletion_due_at=clock.now())


# --- the canary ----------------------------------------------------------------------------------
# Sections, and what of the canary stands in them.
IN_ARCHIVE = {
    "profile": [canary.EMAIL, canary.PHONE, f"Anna {canary.WORD}"],
    "addresses": [canary.EMAIL, f"new-{canary.EMAIL}"],
    "own_organizations": [canary.WORD, canary.PHONE, canary.EMAIL],
    "sessions": [f"Chrome {canary.WORD} Windows", canary.ADDRESS],
    "security": [canary.WORD, canary.ADDRESS],
    "second_factors": [canary.WORD],
    "invitations": [canary.EMAIL],
    "verifications": [canary.WORD],
    "support": [canary.WORD],
    "notes": [canary.WORD, "The key is with the concierge."],
    "requests": [canary.WORD],
    "client_invitations": [canary.EMAIL],
    "own_clients": [canary.WORD, canary.PHONE, canary.EMAIL],
    "watches": [canary.EMAIL],
    "meters": [canary.WORD],
    "readings": [canary.WORD],
    "subscription_notes": [canary.WORD],
    "own_subscriptions": [canary.WORD],
    "tickets": [canary.WORD, canary.EMAIL, f"About {canary.WORD}", "The lift"],
    "ticket_messages": [f"Dear {canary.WORD}", "It stands on the third floor."],
}
FILES = {"photo", "verifications", "requests", "readings", "subscriptions", "tickets"}
# Tables that point at people and hold nothing of theirs, with the reason.
NOTHING_PERSONAL = {
    "core.event": "ids and states alone, by the rule of events",
    "core.operation": "kinds; its files and errors are in the canary",
    "core.savedview": "how somebody arranges a list; theirs alone is deleted with them",
    "locations.coveragerecord": "what a provider said of its network, and who let it",
    "users.consent": "that there was consent, and when",
    "users.membership": "a role",
    "users.accountmanagement": "which organization",
    "subscriptions.requestbundle": "parties alone",
    "subscriptions.client": "other people, of a portfolio",
    "subscriptions.assignmentrule": "to whom a provider gives its work",
    "subscriptions.checklistitem": "what a provider has done, and which of its people",
    "subscriptions.clientmerge": "ids of rows",
    "subscriptions.calendarfeed": "a secret, which is deleted",
    "subscriptions.visitreport": "what a crew wrote; who accepted its work is erased with theirs",
    "subscriptions.watchlist": "a category and ids",
    "subscriptions.pricechange": "a price that a provider announced",
    "subscriptions.leadoffer": "what an agency answered",
    "subscriptions.attributiondispute": "what two agencies and staff said",
    "support.deskrule": "to whom the desk gives its work",
    "support.macro": "prepared texts of the staff",
    "support.article": "what the staff wrote for everybody",
}


def test_the_archive_holds_the_canary_wherever_the_portal_does(run_jobs):
    _user, browser = canary.a_canary()
    archive = archive_of(browser, run_jobs)
    assert archive.testzip() is None
    for section, wanted in IN_ARCHIVE.items():
        data = json.loads(archive.read(f"data/{section}.json"))
        values = {str(value) for row in data for value in row.values()}
        assert set(wanted) <= values, section
        table = archive.read(f"tables/{section}.csv").decode("utf-8-sig")
        assert canary.WORD in table or canary.PHONE in table, section
    held = [name for name in archive.namelist() if name.startswith("files/")]
    assert {name.split("/")[1] for name in held} == FILES
    assert all(archive.read(name) == canary.CONTENT for name in held)
    readme = archive.read("README.txt").decode()
    assert all(
        name.split("/")[-1].split(".")[0] in readme
        for name in archive.namelist()
        if name.startswith("data/")
    )


def test_the_archive_holds_no_secrets_and_nothing_of_others(run_jobs):
    user, browser = canary.a_canary()
    other = a_person(full_name="Zzotherzz")
    MembershipFactory(user=other, organization=user.memberships.get(role=Role.MANAGER).organization)
    archive = archive_of(browser, run_jobs)
    text = b"".join(archive.read(name) for name in archive.namelist()).decode(errors="replace")
    user.refresh_from_db()
    assert user.password not in text
    assert "Zzotherzz" not in text
    assert browser.session.session_key not in text


def test_after_erasure_the_canary_is_nowhere(run_jobs):
    user, browser = canary.a_canary()
    Browser().post("/users/login/", {"login": canary.EMAIL, "password": "wrong-password-1"})
    Browser().post("/users/password/reset/", {"email": canary.EMAIL})
    archive_of(browser, run_jobs)
    assert len(canary.found_in_tables()) > 15
    assert len(canary.found_in_files()) >= 6
    ask_deletion(user, NOWHERE)
    run_jobs()
    due(user)
    erase_due_accounts.call()
    assert canary.found_in_tables() == set()
    assert canary.found_in_files() == set()
    assert canary.found_in_caches() == set()


def test_every_table_that_points_at_people_is_in_the_canary_or_explained():
    """A new model with something of a person in it is not forgotten."""
    canary.a_canary()
    tables = canary.found_in_tables()
    unexplained = [
        model._meta.label_lower
        for model in apps.get_models()
        if _points_at_people(model)
        and model._meta.db_table not in tables
        and model._meta.label_lower not in NOTHING_PERSONAL
        and _holds_text(model)
    ]
    assert unexplained == []


def _points_at_people(model) -> bool:
    return any(
        field.is_relation and field.related_model is CustomUser for field in model._meta.fields
    )


def _holds_text(model) -> bool:
    texts = models.CharField | models.TextField | models.FileField | models.JSONField
    return any(isinstance(field, texts) and not field.choices for field in model._meta.fields)


def test_what_is_an_organizations_stays_and_says_that_its_author_is_gone(run_jobs):
    user, _browser = canary.a_canary()
    firm = user.memberships.get(role=Role.MANAGER).organization
    due(user)
    erase_due_accounts.call()
    ticket = Ticket.objects.get(owner=firm)
    assert (ticket.subject, ticket.requester_name, ticket.requester_email) == ("The lift", "", "")
    assert ticket.messages.get().body == "It stands on the third floor."
    note = RequestNote.objects.get(organization=firm)
    assert note.text == "The key is with the concierge."
    assert str(note.author) in {"Deleted account", "Удалённая учётная запись"}
    firm.refresh_from_db()
    assert firm.is_active
    assert not Membership.objects.filter(user=user).exists()
    consent = Consent.objects.get(user=user)
    assert consent.withdrawn_at is not None


def test_an_erased_account_opens_nothing(run_jobs):
    user, browser = canary.a_canary()
    due(user)
    erase_due_accounts.call()
    assert not is_in(browser)
    answer = Browser().post("/users/login/", {"login": canary.EMAIL, "password": PASSWORD})
    assert answer.status_code == 200
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert (user.is_active, user.deletion_due_at) == (False, None)
    # The address is free: the same person may come back as a new one.
    a_person(email=canary.EMAIL, phone=canary.PHONE)


def test_an_erasure_that_was_cut_short_is_finished_by_the_next_run(monkeypatch, run_jobs):
    user, _browser = canary.a_canary()
    due(user)
    from core.personal_data import registry

    steps = sorted(registry._erasers, key=lambda entry: entry[0])

    def killed(user):
        raise OSError("the worker was killed")

    for position in range(1, len(steps)):
        cut = [*steps[:position], (steps[position][0], killed)]
        monkeypatch.setattr(registry, "_erasers", cut)
        with pytest.raises(OSError, match="killed"):
            erase_due_accounts.call()
    monkeypatch.setattr(registry, "_erasers", steps)
    erase_due_accounts.call()
    assert canary.found_in_tables() == set()
    assert canary.found_in_files() == set()


# --- the archive ---------------------------------------------------------------------------------
def test_an_archive_asks_for_the_password_first():
    browser = enter(a_person())
    answer = browser.post(reverse("personal_data_export"))
    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert not Operation.objects.exists()


def test_two_presses_make_one_archive_and_one_record(run_jobs):
    browser = enter(a_person())
    prove(browser)
    for _press in range(2):
        browser.post(reverse("personal_data_export"))
    assert Operation.objects.count() == 1
    assert SecurityRecord.objects.filter(kind=SecurityKind.DATA_EXPORTED).count() == 1


def test_only_its_owner_downloads_it_and_only_for_seven_days(run_jobs):
    browser = enter(a_person())
    archive_of(browser, run_jobs)
    row = Operation.objects.get()
    url = reverse("personal_data_download", args=[row.public_id])
    stranger = enter(a_person())
    prove(stranger)
    assert stranger.get(url).status_code == 404
    assert Browser().get(url).status_code == 302
    assert row.expires_at - row.created_at == timedelta(days=7)
    Operation.objects.update(expires_at=clock.now())
    assert browser.get(url).status_code == 404
    assert browser.get(DATA).context["archives"] == []


def test_an_archive_is_found_whatever_organization_one_acts_for(run_jobs):
    user = a_person()
    first = MembershipFactory(user=user)
    MembershipFactory(user=user)
    browser = enter(user)
    archive_of(browser, run_jobs)
    row = Operation.objects.get()
    browser.post(reverse("organization_switch"), {"organization": first.organization.public_id})
    url = reverse("personal_data_download", args=[row.public_id])
    answer = browser.get(url)
    assert b"".join(answer.streaming_content)


def test_no_formula_lives_in_a_table():
    for hostile in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        assert _cell(hostile).startswith("'")


def test_a_name_of_a_file_leads_nowhere_else(run_jobs):
    _user, browser = canary.a_canary()

    RequestFile.objects.update(name="../../etc/passwd")
    names = archive_of(browser, run_jobs).namelist()
    assert "files/requests/0001 passwd" in names
    assert not any(".." in name for name in names)


# --- the deletion --------------------------------------------------------------------------------
def test_deletion_asks_for_the_password_then_closes_the_account_and_says_when(settings):
    user = a_person()
    browser, elsewhere = enter(user), enter(user, IPHONE)
    deliver()
    assert browser.get(DELETE).status_code == 200
    assert browser.post(DELETE).url.startswith(reverse("account_reauthenticate"))
    user.refresh_from_db()
    assert user.deletion_due_at is None
    prove(browser)
    SecurityRecord.objects.all().delete()
    assert browser.post(DELETE).url == reverse("account_login")
    user.refresh_from_db()
    assert (user.deletion_due_at - clock.now()).days in (13, 14)
    assert not is_in(browser)
    assert not is_in(elsewhere)
    (letter,) = deliver()
    assert letter.to == [user.email]
    assert str(user.deletion_due_at.day) in letter.body


def test_before_its_day_nothing_is_erased_and_on_it_all(run_jobs):
    user = a_person(full_name="Anna")
    ask_deletion(user, NOWHERE)
    with time_machine.travel(clock.now() + timedelta(days=13)):
        assert erase_due_accounts.call() == 0
    user.refresh_from_db()
    assert user.full_name == "Anna"
    with time_machine.travel(clock.now() + timedelta(days=15)):
        assert erase_due_accounts.call() == 1
        assert erase_due_accounts.call() == 0
    assert not EmailAddress.objects.filter(user=user).exists()


def test_while_it_waits_the_portal_is_closed_and_a_button_keeps_the_account():
    user = a_person()
    MembershipFactory(user=user)
    ask_deletion(user, NOWHERE)
    browser = enter(user)
    assert browser.get(reverse("home")).url == DELETE
    assert browser.get(reverse("bell"), headers={"hx-request": "true"}).status_code == 204
    assert browser.get(reverse("profile")).url == DELETE
    assert browser.get(DELETE).status_code == 200
    assert browser.get(DATA).status_code == 200
    assert browser.get(reverse("consent_document")).status_code == 200
    assert browser.get(reverse("account_deletion_cancel")).status_code == 405
    assert browser.post(reverse("account_deletion_cancel")).url == reverse("home")
    user.refresh_from_db()
    assert user.deletion_due_at is None
    assert browser.get(reverse("home")).status_code == 200
    assert SecurityRecord.objects.filter(kind=SecurityKind.DELETION_CANCELLED).count() == 1
    browser.post(reverse("account_deletion_cancel"))
    assert SecurityRecord.objects.filter(kind=SecurityKind.DELETION_CANCELLED).count() == 1


def test_the_last_owner_of_a_shared_organization_hands_it_over_first():
    user = a_person()
    firm = OrganizationFactory(name="Vector")
    MembershipFactory(user=user, organization=firm, role=Role.OWNER)
    colleague = MembershipFactory(organization=firm, role=Role.MEMBER)
    browser = enter(user)
    prove(browser)
    assert "Vector" in browser.get(DELETE).content.decode()
    answer = browser.post(DELETE)
    assert answer.status_code == 422
    assert "Vector" in answer.context["refusal"]
    user.refresh_from_db()
    assert user.deletion_due_at is None
    Membership.objects.filter(pk=colleague.pk).update(role=Role.OWNER)
    assert owned_alone(user) == []
    ask_deletion(user, NOWHERE)


def test_members_who_have_left_and_organizations_of_one_do_not_stand_against_it():
    user = a_person()
    alone, left = OrganizationFactory(), OrganizationFactory()
    MembershipFactory(user=user, organization=alone, role=Role.OWNER)
    MembershipFactory(user=user, organization=left, role=Role.OWNER)
    MembershipFactory(organization=left, is_active=False)
    assert owned_alone(user) == []
    due(user)
    erase_due_accounts.call()
    assert not Organization.objects.filter(pk__in=[alone.pk, left.pk], is_active=True).exists()


def test_one_who_became_the_last_owner_meanwhile_is_told_and_not_erased(run_jobs):
    user = a_person(full_name="Anna")
    firm = OrganizationFactory()
    MembershipFactory(user=user, organization=firm, role=Role.OWNER)
    other = MembershipFactory(organization=firm, role=Role.OWNER)
    ask_deletion(user, NOWHERE)
    Membership.objects.filter(pk=other.pk).update(role=Role.VIEWER)
    due(user)
    deliver()
    assert erase_due_accounts.call() == 0
    user.refresh_from_db()
    assert user.full_name == "Anna"
    assert user.deletion_due_at > clock.now()
    (letter,) = deliver()
    assert letter.to == [user.email]


def test_a_firm_of_one_keeps_its_name_which_stands_in_contracts():
    user = a_person()
    firm = OrganizationFactory(kind=OrganizationKind.AGENCY, name="Vector", email=user.email)
    MembershipFactory(user=user, organization=firm, role=Role.OWNER)
    due(user)
    erase_due_accounts.call()
    firm.refresh_from_db()
    assert (firm.name, firm.email, firm.is_active) == ("Vector", "", False)


def test_letters_in_the_queue_go_too_and_those_of_others_stay(run_jobs):
    user, other = a_person(), a_person()
    for person in (user, other):
        Browser().post("/users/password/reset/", {"email": person.email})
    due(user)
    erase_due_accounts.call()
    assert not any(user.email in str(job.arguments) for job in Job.objects.all())
    assert any(other.email in str(job.arguments) for job in Job.objects.all())


def test_refusing_the_last_owner_withdraws_no_consent():
    from users.choices import ConsentDocument
    from users.services.consents import give_consent
    from users.services.personal_data import withdraw_consent

    user = a_person()
    give_consent(user, ConsentDocument.PERSONAL_DATA)
    firm = OrganizationFactory()
    MembershipFactory(user=user, organization=firm, role=Role.OWNER)
    MembershipFactory(organization=firm)
    with pytest.raises(DomainError):
        withdraw_consent(user, NOWHERE)
    assert Consent.objects.get().withdrawn_at is None
