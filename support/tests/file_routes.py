"""Arguments of the routes of files for the access tests."""

from django.core.files.base import ContentFile
from django.utils import timezone

from core.tests.route_samples import Kwargs, World, sample
from support.models import MessageFile, NoteFile
from support.tests.factories import InternalNoteFactory, TicketFactory, TicketMessageFactory


def _stored(model, **fields) -> Kwargs:
    file = model(name="plan.txt", size=4, created_at=timezone.now(), **fields)
    file.file.save("plan.txt", ContentFile(b"plan"), save=False)
    file.save()
    return {"public_id": file.public_id}


def _ticket(world: World):
    asker = world.people["AGENCY MEMBER"].user
    return world.once("ticket", lambda: TicketFactory(owner=world.agency, requester=asker))


@sample("ticket_file")
def a_file_of_a_message(world: World) -> Kwargs:
    return _stored(MessageFile, message=TicketMessageFactory(ticket=_ticket(world)))


@sample("note_file")
def a_file_of_a_note(world: World) -> Kwargs:
    return _stored(NoteFile, note=InternalNoteFactory(ticket=_ticket(world)))
