"""Arguments of the desk's routes for the access tests."""

import io
import json

from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from core.operations import prepare_operation
from core.tests.route_samples import Kwargs, World, sample
from locations.tests.factories import BuildingFactory
from support.choices import MailOutcome
from support.models import IncomingMail, Macro, MessageFile, Ticket
from support.tests.factories import TicketFactory, TicketMessageFactory
from support.tests.letters import arrive, letter


def picture() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(kept, "PNG")
    return kept.getvalue()


def _ticket(world: World) -> Ticket:
    """Of the agency."""
    return world.once("desk ticket", lambda: TicketFactory(owner=world.agency))


@sample("desk_ticket")
@sample("desk_answer")
@sample("desk_note")
@sample("desk_colleagues")
@sample("desk_take")
@sample("desk_assign")
@sample("desk_sort")
@sample("desk_tags")
@sample("desk_link")
@sample("desk_observers")
@sample("desk_relate")
@sample("desk_presence")
@sample("desk_merge")
@sample("desk_split")
def a_ticket(world: World) -> Kwargs:
    return {"number": _ticket(world).number}


@sample("desk_move")
def a_move(world: World) -> Kwargs:
    return {"number": _ticket(world).number, "transition": "solve"}


def _macro(world: World) -> Macro:
    return world.once("macro", lambda: Macro.objects.create(name="Greeting", body="Hello"))


@sample("desk_macro_text")
def a_macro_for_a_ticket(world: World) -> Kwargs:
    return {"number": _ticket(world).number, "public_id": _macro(world).public_id}


@sample("desk_macro_edit")
@sample("desk_macro_archive")
def a_macro(world: World) -> Kwargs:
    return {"public_id": _macro(world).public_id}


@sample("desk_outage", shared=True)
def a_building(world: World) -> Kwargs:
    return {"public_id": world.once("building", BuildingFactory).public_id}


@sample("desk_letter", shared=True)
@sample("desk_letter_open", shared=True)
def a_letter_left_aside(world: World) -> Kwargs:
    def left() -> IncomingMail:
        row = arrive(letter())
        IncomingMail.objects.filter(pk=row.pk).update(outcome=MailOutcome.AUTOMATIC)
        return row

    return {"key": world.once("letter", left).pk}


@sample("desk_picture")
def a_picture(world: World) -> Kwargs:
    message = TicketMessageFactory(ticket=_ticket(world))
    file = MessageFile(message=message, name="door.png", size=100, created_at=timezone.now())
    file.file.save("door.png", ContentFile(picture()), save=False)
    file.save()
    return {"kind": "message", "public_id": file.public_id}


@sample("desk_bulk_results")
def a_bulk_action(world: World) -> Kwargs:
    wanted = {"do": "solve", "data": {}, "user": None, "queue": None,
              "numbers": [_ticket(world).number]}  # fmt: skip
    prepared = prepare_operation(
        world.people["support"],
        "tickets.bulk",
        {"do": "solve"},
        source=ContentFile(json.dumps(wanted).encode()),
    )
    return {"public_id": prepared.public_id}
