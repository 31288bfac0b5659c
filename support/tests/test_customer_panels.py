"""Tickets on the pages of what they are about, and on homes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.choices import OrganizationKind, Role, StaffScope
from core.registry import gather
from locations.tests.factories import BuildingFactory
from subscriptions.choices import RequestState
from subscriptions.tests.centre import held
from subscriptions.tests.factories import ClientFactory, request_in
from support.choices import LinkKind, TicketState
from support.models import TicketLink
from support.tests.factories import TicketFactory
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY, Role.MEMBER)


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def ticket_about(actor, kind, row, **fields):
    ticket = TicketFactory(owner=actor.organization, requester=actor.user, **fields)
    TicketLink.objects.create(ticket=ticket, kind=kind, object_id=row.pk, created_at=timezone.now())
    return ticket


def places(agent):
    """Each place: the kind, the thing, its page, and how the form is told of it."""
    request = request_in(RequestState.CHECKING, owner=agent.organization)
    client = ClientFactory(owner=agent.organization)
    building = BuildingFactory()
    subscription = held(agent.organization)
    return [
        (LinkKind.REQUEST, request, f"/requests/{request.number}/", request.number),
        (LinkKind.CLIENT, client, f"/clients/{client.public_id}/", client.public_id),
        (LinkKind.BUILDING, building, f"/availability/{building.public_id}/", building.public_id),
        (
            LinkKind.SUBSCRIPTION,
            subscription,
            f"/subscriptions/{subscription.number}/",
            subscription.number,
        ),
    ]


def test_every_page_tells_of_its_tickets_and_leads_to_the_form(sign_in, agent):
    stranger = make_actor(OrganizationKind.AGENCY)
    browser = sign_in(agent)
    for kind, row, page, key in places(agent):
        ticket = ticket_about(agent, kind, row, subject=f"Own of {kind}")
        ticket_about(stranger, kind, row, subject=f"Not yours of {kind}")
        seen = text(browser.get(page))
        assert f"/support/{ticket.number}/" in seen
        assert f"Own of {kind}" in seen
        assert "Not yours" not in seen
        address = f"/support/new/?about={kind}:{key}"
        assert address in seen
        assert browser.get(address).status_code == 200


def test_a_viewer_reads_and_is_not_led_to_the_form(sign_in, agent):
    viewer = make_actor(organization=agent.organization, role=Role.VIEWER)
    kind, row, page, _key = places(agent)[0]
    assert "/support/new/" not in text(sign_in(viewer).get(page))
    ticket_about(agent, kind, row, subject="Own words")
    assert "Own words" in text(sign_in(viewer).get(page))


def test_staff_see_them_and_are_led_to_the_desk(agent):
    kind, row, _page, _key = places(agent)[0]
    support = make_staff(StaffScope.SUPPORT)
    assert _panel(support, row) is None
    ticket_about(agent, kind, row)
    panel = _panel(support, row)
    assert len(panel.context["rows"]) == 1
    assert panel.context["new_url"] == ""
    assert _panel(make_staff(StaffScope.CONTENT), row) is None


def _panel(actor, row):
    panels = {one.name: one for one in gather("request.panels", actor, row)}
    return panels.get("tickets")


def test_a_panel_costs_one_query_for_one_and_for_many(agent):
    from support.customer_panels import about_request

    kind, row, _page, _key = places(agent)[0]
    for count in (1, 3):
        for _ in range(count):
            ticket_about(agent, kind, row)
        with CaptureQueriesContext(connection) as asked:
            about_request(agent, row)
        assert len(asked) == 1


def test_visitors_see_no_panel(client):
    building = BuildingFactory()
    assert "/support/new/" not in text(client.get(f"/availability/{building.public_id}/"))


@pytest.mark.parametrize("kind", list(OrganizationKind))
def test_every_kind_has_the_section_and_is_told_what_waits(sign_in, kind):
    actor = make_actor(kind, Role.OWNER)
    browser = sign_in(actor)
    page = text(browser.get("/home/"))
    assert 'href="/support/"' in page
    assert "Support waits for your answer" not in page
    TicketFactory(owner=actor.organization, subject="What light is on?", state=TicketState.PENDING)
    TicketFactory(subject="Not yours", state=TicketState.PENDING)
    page = text(browser.get("/home/"))
    assert "Support waits for your answer" in page
    assert "What light is on?" in page
    assert "Not yours" not in page
