"""Is the same service at the same unit in work or in force already? The one rule of it.

Asked of the organization that files: what others have in work there is their affair, and nobody is
told of it (docs/decisions/012-duplicates.md). A category that a unit has once is refused; in the
others one may file all the same, knowing of it and saying why.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import DomainError
from core.folding import fold
from core.prepared_rows import PreparedRows, padded
from locations.models import ServiceCategory
from subscriptions.choices import RequestKind, SubscriptionState
from subscriptions.models import ConnectionRequest, FiledAnyway, Subscription
from subscriptions.request_workflow import OPEN_STATES
from subscriptions.services.requests.input import clean_text

REASON_LENGTH = 300
# What a slot that somebody else's subscription takes is known by: its number is not told.
TAKEN = "taken"
_IN_FORCE = (SubscriptionState.ACTIVE, SubscriptionState.SUSPENDED)


class Found(StrEnum):
    """What stands in the way."""

    REQUEST = "request"
    SUBSCRIPTION = "subscription"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """`number` is that of an own request or subscription, "" where it is another's.

    `forbids`: the category allows no second one, whatever the reason.
    """

    found: Found
    category: ServiceCategory
    number: str
    provider_id: int | None
    forbids: bool

    @property
    def key(self) -> str:
        """What says that somebody knows of it."""
        return self.number or TAKEN

    def __str__(self) -> str:
        facts = {"category": self.category.name, "number": self.number}
        if self.found == Found.TAKEN:
            return _("“%(category)s” is in force in this unit already: it must be ended first.") % (
                facts
            )
        if self.found == Found.SUBSCRIPTION:
            return _("“%(category)s” is in force here: subscription %(number)s.") % facts
        return _("You have filed “%(category)s” here already: request %(number)s is in work.") % (
            facts
        )


@dataclass(frozen=True, slots=True)
class Anyway:
    """The word of who files: which duplicates they were shown (`Duplicate.key`), and why still."""

    known: frozenset[str]
    reason: str


class DuplicateFound(DomainError):
    """Refused for what `duplicates` name; `number` is that of the draft."""

    def __init__(self, number: str, duplicates: Sequence[Duplicate], field: str = "plans") -> None:
        super().__init__(" ".join(map(str, duplicates)), field=field)
        self.number = number
        self.duplicates = duplicates


class ReasonMissing(DomainError):
    """The draft `number` is filed in spite of a duplicate, and nothing says why."""

    def __init__(self, number: str, message: str) -> None:
        super().__init__(message, field="reason")
        self.number = number


# --- what is there ----------------------------------------------------------------------------
def _open_at(unit: int, owner: int, categories: list[int]) -> QuerySet:
    return (
        ConnectionRequest.objects.filter(
            unit_id=unit,
            category_id__in=categories,
            state__in=sorted(OPEN_STATES),
            owner_id=owner,
            kind=RequestKind.CONNECT,
        )
        .order_by("pk")
        .values_list("pk", "number", "category_id", "provider_id", "bundle_id")
    )


def _in_force_at(unit: int, categories: list[int]) -> QuerySet:
    return (
        Subscription.objects.filter(
            unit_id=unit, category_id__in=categories, state__in=_IN_FORCE, ended_at__isnull=True
        )
        .order_by("pk")
        .values_list(
            "number",
            "category_id",
            "provider_id",
            "owner_id",
            "holder_id",
            "ends_on",
            "in_force_key",
        )
    )


_OPEN = PreparedRows(_open_at)
_FORCE = PreparedRows(_in_force_at)


def duplicates_at(
    owner_id: int,
    unit_id: int,
    categories: Collection[int],
    *,
    bundle_id: int | None = None,
) -> dict[int, list[Duplicate]]:
    """What of each category (ids) the owner has in work at the unit, and what is in force there.

    What is filed together was chosen together: requests of `bundle_id` are no duplicates of each
    other. Two queries, by indexes that begin with the unit; one more where something is there.
    """
    wanted = padded(sorted(categories))
    in_work = _OPEN.fetch(unit=unit_id, owner=owner_id, categories=wanted)
    in_force = _FORCE.fetch(unit=unit_id, categories=wanted)
    if not in_work and not in_force:
        return {}
    named = ServiceCategory.objects.in_bulk(list(categories))
    found: dict[int, list[Duplicate]] = {}
    for _pk, number, category_id, provider_id, bundle in in_work:
        if bundle_id is None or bundle != bundle_id:
            category = named[category_id]
            one = Duplicate(Found.REQUEST, category, number, provider_id, category.one_per_unit)
            found.setdefault(category_id, []).append(one)
    for number, category_id, provider_id, *parties, ends_on, key in in_force:
        is_own = owner_id in parties
        # What somebody has only written down holds no key (docs/decisions/017).
        stands = key is not None and ends_on is None
        standing = _in_force(named[category_id], number, provider_id, is_own, stands)
        if standing is not None:
            found.setdefault(category_id, []).append(standing)
    return found


def _in_force(
    category: ServiceCategory, number: str, provider_id: int, is_own: bool, stands: bool
) -> Duplicate | None:
    """Of what others hold only that the one place is taken; what ends on a day stands in no way."""
    forbids = category.one_per_unit and stands
    if is_own:
        return Duplicate(Found.SUBSCRIPTION, category, number, provider_id, forbids)
    return Duplicate(Found.TAKEN, category, "", None, True) if forbids else None


def duplicates_of(request: ConnectionRequest) -> list[Duplicate]:
    """What is there already of what a draft asks for."""
    found = duplicates_at(
        request.owner_id, request.unit_id, [request.category_id], bundle_id=request.bundle_id
    )
    return found.get(request.category_id, [])


# --- filing in spite of it --------------------------------------------------------------------
def check_duplicates(request: ConnectionRequest) -> None:
    """Raises DuplicateFound for what nobody may file, or what nobody has said they know of.

    Under the lock of the unit, see `terms.check_filing`.
    """
    found = duplicates_of(request)
    if not found:
        return
    refused = [one for one in found if one.forbids]
    if not refused:
        said = FiledAnyway.objects.filter(request=request).values_list("known", flat=True).first()
        refused = [one for one in found if one.key not in (said or ())]
    if refused:
        raise DuplicateFound(request.number, refused)


def file_anyway(actor: Actor, draft: ConnectionRequest, anyway: Anyway) -> str:
    """Notes that the duplicates of a draft are known, and why it is filed all the same.

    Returns the reason, "" where there is no duplicate (any more) and nothing to note. Raises
    ReasonMissing.
    """
    if not duplicates_of(draft):
        return ""
    try:
        reason = clean_text(anyway.reason, REASON_LENGTH, "reason")
    except DomainError as error:
        raise ReasonMissing(draft.number, str(error)) from error
    if not fold(reason):
        raise ReasonMissing(draft.number, _("Say why it is filed once more."))
    FiledAnyway.objects.update_or_create(
        request=draft,
        defaults={
            "known": sorted(anyway.known),
            "reason": reason,
            "created_by": actor.user,
            "created_at": clock.now(),
        },
    )
    return reason
