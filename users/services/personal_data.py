"""One's data taken away, and one's account deleted."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import Role
from core.errors import DomainError
from core.models import Operation
from core.operations import start_operation
from core.personal_data import erase
from users import jobs
from users.choices import ConsentDocument, SecurityKind
from users.models import Consent, CustomUser, Membership, Organization
from users.services.consents import give_consent, withdraw_consents
from users.services.security import Origin, note
from users.services.sessions import end_all_sessions

EXPORT = "account.export"
# An account that cannot be erased on its day is looked at again after so long.
PUT_OFF = timedelta(days=7)


def start_export(actor: Actor, origin: Origin) -> Operation:
    """Has a worker make the archive; one that is being made already stands for both."""
    with transaction.atomic():
        CustomUser.objects.select_for_update().get(pk=actor.user.pk)
        under_way = exports_of(actor.user).filter(
            state__in=[Operation.State.WAITING, Operation.State.RUNNING]
        )
        row = under_way.first()
        if row is None:
            row = start_operation(actor, EXPORT)
            note(actor.user, SecurityKind.DATA_EXPORTED, origin)
    return row


def exports_of(user: CustomUser) -> QuerySet[Operation]:
    """The person's archives, whatever organization they acted for; the newest first."""
    return Operation.objects.filter(user=user, kind=EXPORT, expires_at__gt=clock.now()).order_by(
        "-pk"
    )


def owned_alone(user: CustomUser) -> list[Organization]:
    """Organizations with other members of which this person is the last owner."""
    present = Membership.objects.filter(is_active=True)
    owners = present.filter(role=Role.OWNER)
    others = present.exclude(user=user).values("organization")
    other_owners = owners.exclude(user=user).values("organization")
    return list(
        Organization.objects.filter(pk__in=owners.filter(user=user).values("organization"))
        .filter(pk__in=others)
        .exclude(pk__in=other_owners)
        .order_by("name")
    )


def ask_deletion(user: CustomUser, origin: Origin) -> CustomUser:
    """The account is closed now and erased after DELETION_WAIT_DAYS, unless called off.

    Signs out everywhere. Raises DomainError for the last owner of an organization that has other
    members; asked twice, the first date stands.
    """
    with transaction.atomic():
        row = CustomUser.objects.select_for_update().get(pk=user.pk)
        if row.deletion_due_at is None:
            _refuse_last_owner(row)
            row.deletion_due_at = clock.now() + timedelta(days=settings.DELETION_WAIT_DAYS)
            row.save(update_fields=["deletion_due_at"])
            note(row, SecurityKind.DELETION_ASKED, origin)
        end_all_sessions(row)
    return row


def withdraw_consent(user: CustomUser, origin: Origin) -> CustomUser:
    """Takes back the consent to processing: without it the account cannot be kept.

    Raises DomainError as `ask_deletion` does; then the consent stands too.
    """
    with transaction.atomic():
        row = ask_deletion(user, origin)
        withdraw_consents(row)
    return row


def call_off_deletion(user: CustomUser, origin: Origin) -> CustomUser:
    """Keeps the account after all; a consent that was withdrawn is given again."""
    with transaction.atomic():
        row = CustomUser.objects.select_for_update().get(pk=user.pk)
        if row.deletion_due_at is None:
            return row
        row.deletion_due_at = None
        row.save(update_fields=["deletion_due_at"])
        if has_withdrawn(row):
            give_consent(row, ConsentDocument.PERSONAL_DATA)
        note(row, SecurityKind.DELETION_CANCELLED, origin)
    return row


def has_withdrawn(user: CustomUser) -> bool:
    """Whether the person took their consent back, and none stands."""
    given = Consent.objects.filter(user=user, document=ConsentDocument.PERSONAL_DATA)
    return given.exists() and not given.filter(withdrawn_at=None).exists()


def erase_due() -> int:
    """Erases the accounts whose time has come; how many. Safe to run again."""
    count = 0
    due = CustomUser.objects.filter(deletion_due_at__lte=clock.now()).order_by("pk")
    for user in list(due):
        if owned_alone(user):
            _put_off(user)
            continue
        erase(user)
        count += 1
    return count


def _put_off(user: CustomUser) -> None:
    """Others left meanwhile and the person is the last owner now: they are told what to do."""
    with transaction.atomic():
        CustomUser.objects.filter(pk=user.pk, deletion_due_at__isnull=False).update(
            deletion_due_at=clock.now() + PUT_OFF
        )
        jobs.send_deletion_put_off.enqueue(user.pk)


def _refuse_last_owner(user: CustomUser) -> None:
    names = ", ".join(organization.name for organization in owned_alone(user))
    if names:
        raise DomainError(
            _(
                "You are the only owner of organizations that have other members: %(names)s. Hand "
                "each over to a colleague first, on its page “Members”."
            )
            % {"names": names}
        )
