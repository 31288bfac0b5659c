"""Arguments of the routes of staff, and of leaves for support, for the access tests."""

from datetime import timedelta

from core import clock
from core.tests.route_samples import Kwargs, World, sample
from users.models import SupportAccess


@sample("staff_act")
def an_organization(world: World) -> Kwargs:
    return {"public_id": world.agency.public_id}


@sample("support_enter")
@sample("support_access_detail")
@sample("support_access_revoke")
def a_leave(world: World) -> Kwargs:
    now = clock.now()
    leave = world.once(
        "leave for support",
        lambda: SupportAccess.objects.create(
            organization=world.agency,
            granted_by=world.people["AGENCY OWNER"].user,
            granted_at=now,
            expires_at=now + timedelta(hours=1),
        ),
    )
    return {"public_id": leave.public_id}
