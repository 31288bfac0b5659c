"""Arguments of the routes of one's own account for the access tests."""

from allauth.usersessions.models import UserSession
from django.core.files.base import ContentFile

from core import clock
from core.models import Operation
from core.tests.route_samples import Kwargs, World, sample
from users.models import Membership
from users.services.personal_data import EXPORT
from users.tests.own import a_passkey


def _member(world: World):
    """One member of the agency: not even a colleague opens what is theirs."""
    return Membership.objects.filter(organization=world.agency).order_by("pk").first().user


@sample("session_end")
def a_session(world: World) -> Kwargs:
    row = UserSession.objects.create(
        user=_member(world), ip="192.0.2.1", session_key="of-a-member", user_agent="Chrome"
    )
    return {"pk": row.pk}


@sample("personal_data_download")
def an_archive(world: World) -> Kwargs:
    now = clock.now()
    row = Operation(kind=EXPORT, user=_member(world), created_at=now, result_name="mine.zip")
    row.expires_at = now.replace(year=now.year + 1)
    row.result.save("mine.result", ContentFile(b"mine"), save=False)
    row.save()
    return {"public_id": row.public_id}


def _a_passkey(world: World) -> Kwargs:
    return {"pk": a_passkey(_member(world)).pk}


for _name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
    sample(_name)(_a_passkey)
