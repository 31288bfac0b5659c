"""The last things that happened to an organization's requests, clients and services."""

from collections import defaultdict

from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import OrganizationKind, PartyRole
from core.events.registry import kind as kind_named
from core.models import Event, EventParty
from core.notifications.registry import Subject, Telling, say, subjects_of
from core.parts.rows import TimelineEntry
from core.prepared import Prepared
from core.registry import Panel, contributes

SHOWN = 10
_PARTIES = Prepared(
    lambda organization: (
        EventParty.objects.filter(organization_id=organization)
        .select_related("event__actor_organization")
        .only(
            "role",
            *(f"event__{name}" for name in ("kind", "subject_type", "subject_id", "data")),
            "event__created_at",
            "event__actor_organization__name",
        )
        # Who files may hold what comes of it as well, and never provides it: two rows an event.
        .order_by("-event_id")[: SHOWN * 2]
    )
)


@contributes("home.panels", order=90, kinds={OrganizationKind.AGENCY, OrganizationKind.BUILDER})
def last_events(actor: Actor, subject: None) -> Panel:
    """One read of the organization's events, and one by each presenter that has something in it."""
    told = _told(actor)
    subjects = subjects_of(event for event, _sides in told)
    entries = [
        _entry(actor, event, sides, subjects.get((event.subject_type, event.subject_id)))
        for event, sides in told
    ]
    return Panel("events", _("Last events"), "pages/panels/events.html", {"entries": entries})


def _told(actor: Actor) -> list[tuple[Event, set[PartyRole]]]:
    """The newest events that the organization is told of, and the sides on which it stands."""
    events: dict[int, Event] = {}
    sides: dict[int, set[PartyRole]] = defaultdict(set)
    for party in _PARTIES.fetch(actor.organization_id):
        events[party.event_id] = party.event
        sides[party.event_id].add(PartyRole(party.role))
    return [(event, sides[pk]) for pk, event in list(events.items())[:SHOWN]]


def _entry(
    actor: Actor, event: Event, sides: set[PartyRole], subject: Subject | None
) -> TimelineEntry:
    kind = kind_named(event.kind)
    allowed = kind.seen_by(sides) or frozenset()
    data = {name: value for name, value in event.data.items() if name in allowed}
    other = event.actor_organization
    return TimelineEntry(
        icon=kind.icon,
        title=say(Telling(kind, data)),
        moment=event.created_at,
        text=subject.title if subject else "",
        who=other.name if other and other.pk != actor.organization_id else "",
        url=subject.url if subject else "",
    )
