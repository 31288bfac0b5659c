"""Arguments of customers' routes for the access tests."""

from core.tests.route_samples import Kwargs, World, sample
from support.models import Ticket
from support.services.scoring import score_token
from support.tests.factories import TicketFactory


def ticket_of(world: World) -> Ticket:
    """A ticket of the agency."""
    asker = world.people["AGENCY MEMBER"].user
    return world.once("own ticket", lambda: TicketFactory(owner=world.agency, requester=asker))


@sample("ticket_detail")
@sample("ticket_answer")
@sample("ticket_move")
@sample("ticket_score")
@sample("ticket_observers")
def a_ticket(world: World) -> Kwargs:
    return {"number": ticket_of(world).number}


@sample("ticket_score_link", shared=True)
def a_link(world: World) -> Kwargs:
    return {"token": score_token(ticket_of(world))}
