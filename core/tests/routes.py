"""Arguments of this app's routes for the access tests."""

from core import clock
from core.models import Event, Notification, Operation, SavedView
from core.operations import save_result
from core.tests.route_samples import Kwargs, World, sample
from users.models import Membership


@sample("notification_open")
def notification_open(world: World) -> Kwargs:
    """Told to one member of the agency: not even a colleague opens it."""
    event = Event.objects.create(
        kind="request.connected",
        subject_type="users.organization",
        subject_id=world.agency.pk,
        data={"number": "EC-4827-1936"},
        created_at=clock.now(),
        batch="12345678123456781234567812345678",
    )
    reader = Membership.objects.filter(organization=world.agency).order_by("pk").first()
    notification = Notification.objects.create(
        user=reader.user, organization=world.agency, event=event, created_at=clock.now()
    )
    return {"pk": notification.pk}


def _an_operation(world: World) -> Kwargs:
    """Started by one member of the agency."""
    starter = Membership.objects.filter(organization=world.agency).order_by("pk").first()
    now = clock.now()
    row = Operation.objects.create(
        kind="test", user=starter.user, organization=world.agency, created_at=now, expires_at=now
    )
    save_result(row, "made.txt", b"made")
    return {"public_id": row.public_id}


for _name in ("operation_detail", "operation_progress", "operation_result"):
    sample(_name)(_an_operation)


@sample("public_file", shared=True)
def public_file(world: World) -> Kwargs:
    return {"path": "people/nobody.jpg"}


@sample("list_columns", shared=True)
@sample("list_views", shared=True)
@sample("list_view_new", shared=True)
def a_list(world: World) -> Kwargs:
    return {"list_name": "requests"}


@sample("list_view_edit")
@sample("list_view_act")
def a_saved_view(world: World) -> Kwargs:
    """Shared in the agency."""
    now = clock.now()
    view = SavedView.objects.create(
        organization=world.agency,
        list_name="requests",
        name="Late",
        is_shared=True,
        created_at=now,
        updated_at=now,
    )
    return {"list_name": "requests", "public_id": view.public_id}
