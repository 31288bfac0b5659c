"""Arguments of the routes of organizations for the access tests."""

from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile

from core import clock
from core.choices import OrganizationKind
from core.tests.route_samples import Kwargs, World, sample
from users.choices import VerificationKind
from users.models import OrganizationDay, Verification, VerificationDocument
from users.tests.factories import InvitationFactory, OrganizationFactory, TeamFactory


@sample("member_edit")
@sample("member_remove")
@sample("member_hand_over")
def a_member(world: World) -> Kwargs:
    return {"public_id": world.people["AGENCY VIEWER"].user.public_id}


@sample("invitation_resend")
@sample("invitation_revoke")
def an_invitation(world: World) -> Kwargs:
    invitation = world.once("invitation", lambda: InvitationFactory(organization=world.agency))
    return {"public_id": invitation.public_id}


@sample("invitation", shared=True)
def a_link(world: World) -> Kwargs:
    return {"token": "forged"}


@sample("team_detail")
@sample("team_edit")
@sample("team_remove")
def a_team(world: World) -> Kwargs:
    team = world.once("team", lambda: TeamFactory(organization=world.agency))
    return {"public_id": team.public_id}


@sample("organization_day_forget")
def a_day(world: World) -> Kwargs:
    day = clock.today() + timedelta(days=30)
    OrganizationDay.objects.get_or_create(organization=world.agency, day=day)
    return {"day": day.isoformat()}


def _shown(world: World) -> Verification:
    def make() -> Verification:
        return Verification.objects.create(
            organization=world.provider,
            applicant=world.people["PROVIDER OWNER"].user,
            submitted_at=clock.now(),
        )

    return world.once("verification", make)


@sample("verification_withdraw")
@sample("verification_detail")
@sample("verification_approve")
@sample("verification_refuse")
def a_verification(world: World) -> Kwargs:
    return {"public_id": _shown(world).public_id}


@sample("verification_document")
def a_document(world: World) -> Kwargs:
    document = VerificationDocument.objects.create(
        verification=_shown(world),
        file=ContentFile(b"%PDF-", name="register.pdf"),
        name="register.pdf",
        size=5,
        created_at=clock.now(),
    )
    return {"public_id": document.public_id}


def _unclaimed(world: World) -> Any:
    return world.once(
        "unclaimed", lambda: OrganizationFactory(kind=OrganizationKind.PROVIDER, is_claimed=False)
    )


@sample("organization_claim_one", shared=True)
def an_unclaimed_provider(world: World) -> Kwargs:
    return {"public_id": _unclaimed(world).public_id}


@sample("claim_withdraw")
def a_claim(world: World) -> Kwargs:
    claim = Verification.objects.create(
        kind=VerificationKind.CLAIM,
        organization=_unclaimed(world),
        applicant=world.people["AGENCY MEMBER"].user,
        submitted_at=clock.now(),
    )
    return {"public_id": claim.public_id}
