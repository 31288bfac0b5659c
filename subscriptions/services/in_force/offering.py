"""Who may ask for changes of a subscription, and which of them make sense now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.actor import Actor
from core.errors import Text
from subscriptions.choices import RequestKind, SubscriptionState
from subscriptions.effects import ICONS
from subscriptions.models import ConnectionRequest, Subscription
from subscriptions.request_workflow import OPEN_STATES
from subscriptions.rights import may_file

K = RequestKind
CHANGES = (K.CHANGE_PLAN, K.RELOCATE, K.SUSPEND, K.RESUME, K.DISCONNECT)
# After these there is nothing left to change at that address.
_LEAVING = frozenset({K.RELOCATE, K.DISCONNECT})
_WHILE: dict[RequestKind, frozenset[SubscriptionState]] = {
    K.CHANGE_PLAN: frozenset({SubscriptionState.ACTIVE}),
    K.RELOCATE: frozenset({SubscriptionState.ACTIVE}),
    K.SUSPEND: frozenset({SubscriptionState.ACTIVE}),
    K.RESUME: frozenset({SubscriptionState.SUSPENDED}),
    K.DISCONNECT: frozenset({SubscriptionState.ACTIVE, SubscriptionState.SUSPENDED}),
}
_VERBS: dict[RequestKind, Text] = {
    K.CHANGE_PLAN: gettext_lazy("Change the plan"),
    K.RELOCATE: gettext_lazy("Move the service"),
    K.SUSPEND: gettext_lazy("Suspend"),
    K.RESUME: gettext_lazy("Resume the service"),
    K.DISCONNECT: gettext_lazy("Disconnect"),
}


@dataclass(frozen=True, slots=True)
class Offered:
    """A change that can be asked for: its kind, the button's verb and icon."""

    kind: RequestKind
    label: Text
    icon: str


def may_change(actor: Actor, subscription: Subscription) -> bool:
    """Whether the actor asks for changes of it: who pays for the service.

    The holder; while nobody has taken it over, the agency or builder that filed for its client.
    Whoever may file there (MEMBER and above) may ask for a change.
    """
    return may_file(actor) and actor.organization_id == filer_of(subscription)


def filer_of(subscription: Subscription) -> int:
    """Id of the organization that asks for changes of the subscription."""
    return subscription.holder_id or subscription.owner_id


def offered_changes(actor: Actor, subscription: Subscription) -> list[Offered]:
    """What the actor may ask for now, in the order of pages; one query, none for who may not."""
    if subscription.state == SubscriptionState.ENDED or not may_change(actor, subscription):
        return []
    unfinished = list(unfinished_changes(subscription))
    return [
        offered(kind)
        for kind in CHANGES
        if fits_state(subscription, kind) and in_the_way(kind, unfinished) is None
    ]


def offered(kind: RequestKind) -> Offered:
    return Offered(kind, _VERBS[kind], ICONS[kind])


def fits_state(subscription: Subscription, kind: RequestKind) -> bool:
    return subscription.state in _WHILE[kind]


def unfinished_changes(subscription: Subscription) -> Iterable[ConnectionRequest]:
    """Requests that change it: filed and in work, or agreed for a day that is ahead; oldest first.

    Drafts are nobody's concern yet.
    """
    return ConnectionRequest.objects.filter(
        Q(state__in=OPEN_STATES) | Q(apply_on__isnull=False), subscription=subscription
    ).order_by("pk")


def in_the_way(
    kind: RequestKind,
    unfinished: Iterable[ConnectionRequest],
    last_day: date | None = None,
) -> ConnectionRequest | None:
    """The unfinished change that must be done with before one of `kind` is filed; None: none.

    One of each kind at a time, and nothing beside a move or an end. A disconnection is the
    exception: what else is in work does not keep anybody, and an end agreed for a later day than
    `last_day` (None: at once) may be brought forward.
    """
    for other in unfinished:
        if kind == K.DISCONNECT and other.kind != K.RELOCATE:
            later = other.apply_on is not None and (last_day is None or last_day < other.apply_on)
            if other.kind != K.DISCONNECT or later:
                continue
        if other.kind == kind or other.kind in _LEAVING or kind in _LEAVING:
            return other
    return None


def refusal_for(other: ConnectionRequest) -> str:
    """Why nothing can be filed beside `other`."""
    if other.apply_on is not None:
        return _("“%(kind)s” is agreed for a day already: request %(number)s.") % {
            "kind": other.get_kind_display(),
            "number": other.number,
        }
    return _("Request %(number)s (%(kind)s) is in work: wait until it is done, or cancel it.") % {
        "kind": other.get_kind_display(),
        "number": other.number,
    }
