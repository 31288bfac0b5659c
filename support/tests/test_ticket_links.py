"""What tickets are about: who ties them to what, and what each reader is shown of it."""

import pytest

from core.choices import OrganizationKind
from core.errors import DomainError, Forbidden, NotVisible
from core.models import Event
from locations.tests.factories import BuildingFactory
from subscriptions.choices import RequestState
from subscriptions.models import Subscription
from subscriptions.tests.factories import ClientFactory, request_in
from support.choices import LinkKind
from support.linking import LINKABLE, links_of, tickets_about
from support.services.linking import link_ticket, unlink_ticket
from support.tests.people import (
    account_manager,
    around,
    customer,
    desk_worker,
    kinds_of,
    last_event,
    opened,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return customer(kind=OrganizationKind.AGENCY)


@pytest.fixture
def ticket(owner):
    return opened(owner)


@pytest.fixture
def things(owner):
    """Kind → a row of the owner's, as it is named from outside."""
    client = ClientFactory(owner=owner.organization)
    request = request_in(RequestState.CONNECTED, owner=owner.organization, client=client)
    return {
        LinkKind.REQUEST: request,
        LinkKind.SUBSCRIPTION: Subscription.objects.get(origin=request),
        LinkKind.CLIENT: client,
        LinkKind.BUILDING: request.building,
    }


def key_of(kind, row):
    return LINKABLE[kind].key_of(row)


@pytest.mark.parametrize("kind", list(LinkKind))
def test_both_sides_tie_a_ticket_to_what_the_owner_has(owner, ticket, things, kind):
    row = things[kind]
    since = last_event()
    for actor in (owner, desk_worker()):
        link = link_ticket(actor, ticket, kind, key_of(kind, row))
        assert (link.kind, link.object_id) == (kind, row.pk)
    assert kinds_of(ticket, since) == ["ticket.linked"]
    assert list(tickets_about(owner, kind, row.pk)) == [ticket]
    (shown,) = links_of(owner, [ticket])[ticket.pk]
    assert shown.url.endswith(f"{key_of(kind, row)}/")
    unlink_ticket(owner, ticket, kind, key_of(kind, row))
    unlink_ticket(owner, ticket, kind, key_of(kind, row))
    assert links_of(owner, [ticket]) == {}
    assert Event.objects.filter(kind="ticket.unlinked").count() == 1


@pytest.mark.parametrize("kind", [LinkKind.REQUEST, LinkKind.SUBSCRIPTION, LinkKind.CLIENT])
def test_nothing_of_another_is_tied_to_it_not_even_by_staff(ticket, kind):
    other = customer(kind=OrganizationKind.AGENCY)
    client = ClientFactory(owner=other.organization)
    request = request_in(RequestState.CONNECTED, owner=other.organization, client=client)
    rows = {LinkKind.REQUEST: request, LinkKind.CLIENT: client}
    row = rows.get(kind) or Subscription.objects.get(origin=request)
    for actor in (desk_worker(), customer(organization=ticket.owner)):
        with pytest.raises(NotVisible):
            link_ticket(actor, ticket, kind, key_of(kind, row))
    assert not ticket.links.exists()


def test_who_ties(owner, ticket, things):
    done, key = set(), things[LinkKind.BUILDING].public_id
    for name, actor in around(owner).items():
        try:
            link_ticket(actor, opened(owner), LinkKind.BUILDING, key)
        except (Forbidden, NotVisible):
            continue
        done.add(name)
    assert done == {"member", "colleague", "guest by leave", "support", "administrator"}


def test_there_is_an_end_to_links_and_to_kinds(owner, ticket):
    for _ in range(20):
        link_ticket(owner, ticket, LinkKind.BUILDING, BuildingFactory().public_id)
    with pytest.raises(DomainError) as refused:
        link_ticket(owner, ticket, LinkKind.BUILDING, BuildingFactory().public_id)
    assert refused.value.field == "key"
    with pytest.raises(DomainError):
        link_ticket(owner, ticket, "PLANET", "X")


def test_staff_see_what_a_ticket_links_to_and_open_what_is_theirs_to_open(owner, ticket, things):
    link_ticket(owner, ticket, LinkKind.REQUEST, things[LinkKind.REQUEST].number)
    (to_support,) = links_of(desk_worker(), [ticket])[ticket.pk]
    assert things[LinkKind.REQUEST].number in to_support.title
    assert to_support.url == ""
    (to_manager,) = links_of(account_manager(owner.organization), [ticket])[ticket.pk]
    assert to_manager.url == ""


def test_many_tickets_cost_as_little_as_one(owner, things, django_assert_num_queries):
    tickets = [opened(owner) for _ in range(3)]
    for ticket in tickets:
        for kind, row in things.items():
            link_ticket(owner, ticket, kind, key_of(kind, row))
    with django_assert_num_queries(5):
        assert len(links_of(owner, tickets[:1])) == 1
    with django_assert_num_queries(5):
        assert len(links_of(owner, tickets)) == 3


def test_links_to_what_is_gone_are_not_shown(owner, ticket):
    building = BuildingFactory()
    link_ticket(owner, ticket, LinkKind.BUILDING, building.public_id)
    building.delete()
    assert links_of(owner, [ticket]) == {}
