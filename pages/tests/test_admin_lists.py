"""Django admin over all models: each is there, costs the same however long, hides what it must."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection, models
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

import core.admin
from core.admin_lists import AHEAD, LargeListMixin, UncountedPaginator
from core.choices import StaffScope
from core.models import Event, FeedCounter
from core.tests.any_row import any_row
from locations.models import Building, City
from pages.models import SiteSettings
from subscriptions.models import (
    Appointment,
    AvailabilityWatch,
    Client,
    ConnectionRequest,
    Lead,
    TeamPlace,
    UsageRecord,
)
from support.models import Score
from users.admin import ScopedAdmin
from users.models import AccountManagement, CustomUser, Organization
from users.tests.factories import OrganizationFactory, UserFactory, make_staff
from users.tests.sessions import prove

pytestmark = pytest.mark.django_db

OURS = ("core", "users", "locations", "subscriptions", "support", "developers", "pages")
# Models without a list of their own, and why.
WITHOUT_A_LIST = {
    "core.EventParty": "stands on the page of its event",
    "core.FeedCounter": "one row, a lock",
    "core.Pulse": "a counter beside each organization",
    "locations.WordKey": "follows from a word of a street's name",
    "locations.BuildingGuest": "who sees an address until it is verified",
    "locations.DistrictCell": "follows from a district's outline",
    "locations.GeocoderAnswer": "digests of questions, kept for days",
    "locations.CoverageCheck": "follows from a provider's zones",
    "locations.CoverageFinding": "follows from a provider's zones; listed on its pages",
    "subscriptions.CoverageRefusal": "follows from a rejected request; listed on pages of coverage",
    "locations.BuildingCount": "follows from buildings",
    "locations.ZoneCell": "follows from a zone's outline",
    "locations.ZoneDrawing": "follows from a zone's outline",
    "subscriptions.ChecklistTemplateItem": "stands on the page of its checklist",
    "subscriptions.NoteMention": "ids beside a note; stands on the page of its request",
    "subscriptions.RequestFields": "in part a provider's own; stands on the page of its request",
    "subscriptions.RequestSeen": "how far a person has read: nobody else's affair",
    "subscriptions.FilingDraft": "what somebody types and has not sent: theirs alone",
    "subscriptions.FiledAnyway": "stands in the notes of its request",
    "subscriptions.ClientTerm": "follows from a client's name and phone",
    "subscriptions.SubscriptionPrice": "stands on the page of its subscription",
    "subscriptions.SubscriptionNote": "an organization's own words",
    "subscriptions.PriceLine": "whom a price change is for; counted on it",
    "subscriptions.Holding": "follows from subscriptions",
    "subscriptions.CostNow": "follows from subscriptions",
    "subscriptions.Spend": "follows from prices of subscriptions",
    "subscriptions.HolderReminder": "that a holder was reminded",
    "subscriptions.UsageMonth": "follows from the records of use",
    "subscriptions.UsageLimit": "a holder's own; kept on pages of use",
    "subscriptions.UsageSettings": "a holder's own; kept on pages of use",
    "support.TicketWord": "follows from a ticket's subject",
    "support.ArticleWord": "follows from an article",
    "support.LetterId": "ids by which answers by mail are known",
    "support.HeldFile": "what somebody adds to a form and has not sent: theirs alone",
    "support.Presence": "who looks at a ticket now; minutes old is gone",
    "support.CategoryField": "stands on the page of its category",
    "support.DeskDay": "stands on the page of its calendar",
    "support.QueueMember": "stands on the page of its queue",
}
THEIRS = {
    "account.EmailConfirmation": "not used: letters carry signed keys",
    "auth.Permission": "made by Django; given on the page of a group",
    "contenttypes.ContentType": "made by Django",
    "sessions.Session": "secrets; where somebody is signed in stands among user sessions",
}
REGISTERED = [model for model in apps.get_models() if admin.site.is_registered(model)]
# What a rule of the table demands beside required fields.
NOW = timezone.now()
GIVEN: dict[type[models.Model], Any] = {
    Appointment: lambda: {"starts_at": NOW, "ends_at": NOW + timedelta(hours=1)},
    TeamPlace: lambda: {"city": any_row(City)},
    Lead: lambda: {"agency": any_row(Organization)},
    AvailabilityWatch: lambda: {"owner": any_row(Organization)},
    ConnectionRequest: lambda: {"submitted_at": NOW},
    Score: lambda: {"value": 5},
    UsageRecord: lambda: {"starts_on": NOW.date(), "ends_on": NOW.date()},
}


SOUGHT = ("Ромашка", "a@example.com", "+7 912 345-67-89", "42", "connectionrequest 42", "—\x00")


def label(model):
    return model._meta.label


def changelist(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def make(model):
    if model is SiteSettings:  # one row, which a migration made
        return SiteSettings.objects.get()
    return any_row(model, **GIVEN.get(model, dict)())


@pytest.fixture
def administrator(sign_in):
    return sign_in(make_staff(StaffScope.ADMIN))


def test_every_model_is_there_or_is_said_why_not():
    missing = [model for model in apps.get_models() if not admin.site.is_registered(model)]
    ours = {label(model) for model in missing if model._meta.app_label in OURS}
    assert ours == set(WITHOUT_A_LIST)
    assert {label(model) for model in missing} - ours == set(THEIRS)
    assert FeedCounter in missing


@pytest.mark.parametrize("model", REGISTERED, ids=label)
def test_no_list_counts_or_shows_all_its_rows(model):
    row = admin.site.get_model_admin(model)
    assert isinstance(row, LargeListMixin)
    request = RequestFactory().get("/", {"p": "2"})
    paginator = row.get_paginator(request, model.objects.order_by("pk"), row.list_per_page)
    assert isinstance(paginator, UncountedPaginator)
    assert not row.show_full_result_count
    assert row.list_max_show_all == 0


@pytest.mark.parametrize("model", REGISTERED, ids=label)
def test_whoever_may_change_anything_is_asked_before_what_is_dangerous(model):
    row = admin.site.get_model_admin(model)
    assert isinstance(row, ScopedAdmin | core.admin.ReadOnlyAdmin)


@pytest.mark.parametrize("model", REGISTERED, ids=label)
def test_no_filter_looks_through_the_whole_table_for_its_values(model):
    """A column without choices is listed by SELECT DISTINCT over all rows."""
    small = {("locations.Region", "federal_district")}
    scanning = []
    for name in admin.site.get_model_admin(model).list_filter:
        if not isinstance(name, str) or (label(model), name) in small:
            continue
        field = model._meta.get_field(name)
        if not (field.flatchoices or field.remote_field or isinstance(field, models.BooleanField)):
            scanning.append(name)
    assert scanning == []


@pytest.mark.parametrize("model", REGISTERED, ids=label)
def test_a_list_costs_the_same_with_one_row_and_three(model, administrator):
    make(model)
    administrator.get(changelist(model))  # fills the caches of the frame
    with CaptureQueriesContext(connection) as one:
        response = administrator.get(changelist(model), follow=True)
    assert response.status_code == 200
    if model is SiteSettings:
        return
    for _ in range(2):
        make(model)
    with CaptureQueriesContext(connection) as three:
        administrator.get(changelist(model))
    assert len(three) == len(one) <= 12


@pytest.mark.parametrize("model", REGISTERED, ids=label)
def test_a_row_opens_and_a_search_finds_without_an_error(model, administrator):
    row = make(model)
    page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
    assert administrator.get(page).status_code == 200
    for text in SOUGHT:
        assert administrator.get(changelist(model), {"q": text}, follow=True).status_code == 200


def test_what_follows_is_looked_for_a_few_pages_ahead():
    size = 2
    for _ in range(AHEAD * size + 2):
        UserFactory()
    rows = CustomUser.objects.order_by("pk")
    first = UncountedPaginator(rows, size)
    assert (first.count, first.is_whole, first.num_pages) == (AHEAD * size, False, AHEAD)
    third = UncountedPaginator(rows, size, number=3)
    assert (third.count, third.is_whole) == (AHEAD * size + 2, True)
    assert [len(third.page(4)), third.num_pages] == [2, 4]
    assert UncountedPaginator(rows, size, number=90).count == 178


def test_a_list_says_that_there_are_more(administrator):
    Event.objects.bulk_create(
        Event(
            kind="client.created",
            subject_type="subscriptions.client",
            subject_id=number,
            created_at=NOW,
            batch="12345678123456781234567812345678",
        )
        for number in range(AHEAD * 50 + 1)
    )
    with CaptureQueriesContext(connection) as queries:
        page = administrator.get(changelist(Event)).content.decode()
    assert "150+" in page
    assert not [row for row in queries if "COUNT(" in row["sql"] and "core_event" in row["sql"]]
    assert "150+" not in administrator.get(changelist(Event), {"p": "4"}).content.decode()


def test_an_act_is_done_on_the_rows_that_were_seen(administrator):
    """«Select all» would be all pages of a million rows."""
    waiting = [OrganizationFactory(kind="PROVIDER", verified_at=None) for _ in range(2)]
    prove(administrator, CustomUser.objects.get(staff_scope=StaffScope.ADMIN))
    administrator.post(
        changelist(Organization),
        {"action": "verify", "_selected_action": [waiting[0].pk], "select_across": "1"},
    )
    assert Organization.objects.filter(verified_at__isnull=True).get() == waiting[1]


# --- account managers -------------------------------------------------------------------------
def charged():
    return [
        model
        for model in REGISTERED
        if isinstance(admin.site.get_model_admin(model), ScopedAdmin)
        and admin.site.get_model_admin(model).charge
    ]


@pytest.mark.parametrize("model", charged(), ids=label)
def test_an_account_manager_reads_rows_in_charge_and_no_others(model, sign_in):
    mine, other = make(model), make(model)
    path = admin.site.get_model_admin(model).charge[0]
    owner = model.objects.values_list(path, flat=True).get(pk=mine.pk)
    manager = make_staff(StaffScope.ACCOUNT_MANAGER)
    AccountManagement.objects.create(user=manager.user, organization_id=owner, created_at=NOW)
    request = RequestFactory().get("/")
    request.user = manager.user
    row = admin.site.get_model_admin(model)
    assert row.has_view_permission(request)
    assert not row.has_change_permission(request)
    assert not row.has_add_permission(request)
    assert not row.has_delete_permission(request)
    seen = list(row.get_queryset(request).values_list("pk", flat=True))
    assert mine.pk in seen
    assert other.pk not in seen
    browser = sign_in(manager)
    assert browser.get(changelist(model)).status_code == 200
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    assert browser.get(reverse(name, args=[other.pk])).status_code == 302


def test_the_journal_names_who_did_what(administrator):
    user = CustomUser.objects.get(staff_scope=StaffScope.ADMIN)
    LogEntry.objects.create(
        user=user, action_flag=2, object_repr="Ромашка", change_message="Изменено: имя"
    )
    page = administrator.get(changelist(LogEntry)).content.decode()
    assert "Изменено: имя" in page
    assert str(user) in page


def test_search_of_requests_and_clients_stays_with_indexes(administrator):
    """No search asks for a text in the middle of a column of a large table."""
    for model in (Client, ConnectionRequest, Building):
        with CaptureQueriesContext(connection) as queries:
            administrator.get(changelist(model), {"q": "иванов"})
        assert not [row for row in queries if "LIKE '%иванов" in row["sql"]]
