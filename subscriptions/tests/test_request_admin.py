"""Requests and what comes of them in Django admin: read by staff, changed by services alone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.choices import OrganizationKind, StaffScope, Via
from core.models import Event
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest
from subscriptions.services.requests import add_note
from subscriptions.tests.factories import request_in
from users.models import AccountManagement
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db
S = RequestState
MODELS = ["connectionrequest", "subscription", "commission", "appointment", "requestnote"]


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY)


@pytest.fixture
def connected(agent):
    request = request_in(S.CONNECTED, owner=agent.organization)
    add_note(agent, request, "Key at the neighbour's")
    return request


def list_url(model):
    return reverse(f"admin:subscriptions_{model}_changelist")


def row_url(model, pk):
    return reverse(f"admin:subscriptions_{model}_change", args=[pk])


def row_of(model, request):
    return {
        "connectionrequest": lambda: request,
        "subscription": lambda: request.outcome,
        "commission": lambda: request.commissions.get(),
        "appointment": lambda: request.appointments.get(),
        "requestnote": lambda: request.notes.last(),
    }[model]()


@pytest.mark.parametrize("model", MODELS)
def test_administrators_read_and_nobody_edits(sign_in, connected, model):
    browser = sign_in(make_staff())
    row = row_of(model, connected)
    assert browser.get(list_url(model)).status_code == 200
    page = browser.get(row_url(model, row.pk))
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert browser.post(row_url(model, row.pk), {"state": "DRAFT"}).status_code == 403
    add = reverse(f"admin:subscriptions_{model}_add")
    delete = reverse(f"admin:subscriptions_{model}_delete", args=[row.pk])
    assert browser.get(add).status_code == 403
    assert browser.post(delete, {"post": "yes"}).status_code == 403
    connected.refresh_from_db()
    assert connected.state == S.CONNECTED


@pytest.mark.parametrize("model", MODELS)
def test_lists_cost_the_same_for_one_row_and_for_three(sign_in, connected, agent, model):
    browser = sign_in(make_staff())

    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(list_url(model)).status_code == 200
        return len(captured)

    cost()
    one = cost()
    for _ in range(2):
        request = request_in(S.CONNECTED, owner=agent.organization)
        add_note(agent, request, "More")
    assert cost() == one <= 12


@pytest.mark.parametrize("model", MODELS)
def test_rows_are_found_by_their_number(sign_in, connected, model):
    other = request_in(S.CONNECTED)
    add_note(make_actor(organization=other.owner), other, "Elsewhere")
    row = row_of(model, connected)
    number = row.number if hasattr(row, "number") else connected.number
    browser = sign_in(make_staff())
    for text in (number, number.lower().replace("-", " "), number[:7].lower()):
        found = browser.get(list_url(model), {"q": text}).context["cl"].result_list
        assert row in found
    whole = browser.get(list_url(model), {"q": number}).context["cl"].result_list
    assert {getattr(found, "request", found) for found in whole} == {getattr(row, "request", row)}
    assert not browser.get(list_url(model), {"q": "nothing"}).context["cl"].result_list


@pytest.mark.parametrize("model", MODELS)
def test_account_managers_read_what_is_in_their_charge(sign_in, connected, agent, model):
    foreign = request_in(S.CONNECTED)
    add_note(make_actor(organization=foreign.owner), foreign, "Elsewhere")
    manager = make_staff(StaffScope.ACCOUNT_MANAGER)
    AccountManagement.objects.create(
        user=manager.user, organization=agent.organization, created_at=timezone.now()
    )
    browser = sign_in(manager)
    own, other = row_of(model, connected), row_of(model, foreign)
    found = browser.get(list_url(model)).context["cl"].result_list
    assert own in found
    assert other not in found
    assert browser.get(row_url(model, own.pk)).status_code == 200
    assert browser.get(row_url(model, other.pk)).status_code in {302, 404}


def test_a_providers_account_manager_sees_no_drafts(sign_in):
    draft = request_in(S.DRAFT)
    manager = make_staff(StaffScope.ACCOUNT_MANAGER)
    AccountManagement.objects.create(
        user=manager.user, organization=draft.provider, created_at=timezone.now()
    )
    found = sign_in(manager).get(list_url("connectionrequest")).context["cl"].result_list
    assert list(found) == []


def test_support_finds_none_of_it(sign_in, connected):
    browser = sign_in(make_staff(StaffScope.SUPPORT))
    for model in MODELS:
        assert browser.get(list_url(model)).status_code == 403


def act(browser, action, *requests):
    return browser.post(
        list_url("connectionrequest"),
        {"action": action, "_selected_action": [request.pk for request in requests]},
        follow=True,
    )


def test_an_action_calls_the_service_and_names_each_refusal(sign_in, connected):
    open_ = request_in(S.CHECKING)
    response = act(sign_in(make_staff()), "cancel_as_mistake", open_, connected)
    assert ConnectionRequest.objects.get(pk=open_.pk).state == S.CANCELLED
    assert ConnectionRequest.objects.get(pk=connected.pk).state == S.CONNECTED
    assert connected.number in response.content.decode()
    assert Event.objects.get(kind="request.cancelled").via == Via.ADMIN


def test_account_managers_are_offered_no_action(sign_in, connected, agent):
    manager = make_staff(StaffScope.ACCOUNT_MANAGER)
    AccountManagement.objects.create(
        user=manager.user, organization=agent.organization, created_at=timezone.now()
    )
    open_ = request_in(S.CHECKING, owner=agent.organization)
    act(sign_in(manager), "cancel_as_mistake", open_)
    assert ConnectionRequest.objects.get(pk=open_.pk).state == S.CHECKING
