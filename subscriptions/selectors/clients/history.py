"""Everything that happened to a client: to their record, their requests and subscriptions."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import PartyRole
from core.parts.rows import TimelineEntry
from core.timeline import EVERY_SIDE, Entry, read_timeline
from subscriptions.models import Client, ConnectionRequest, Subscription
from subscriptions.selectors.request_history import title_of_entry

LENGTH = 40
_TONES = {
    "client.consent_withdrawn": "bad",
    "client.consent_given": "good",
    "client.claimed": "good",
    "request.rejected": "bad",
    "request.connected": "good",
    "subscription.started": "good",
}
# Told again by the event of the request or the subscription that it belongs to.
_REPEATED = frozenset({"commission.accrued", "commission.reversed"})


def client_history(
    actor: Actor,
    client: Client,
    requests: Sequence[ConnectionRequest],
    subscriptions: Sequence[Subscription],
) -> list[TimelineEntry]:
    """The newest events of the client, of duplicates merged into it, and of the rows given.

    Two queries, however many events. For the client's owner, and for staff.
    """
    merged = client.duplicates.only("pk", "merged_into")
    subjects: list[Any] = [client, *merged, *requests, *subscriptions]
    sides = {PartyRole.OWNER} if actor.organization is not None else EVERY_SIDE
    entries = read_timeline(actor, subjects, sides, limit=LENGTH)
    return [_line(entry) for entry in entries if entry.kind not in _REPEATED]


def _line(entry: Entry) -> TimelineEntry:
    number = str(entry.data.get("number", ""))
    title = title_of_entry(entry)
    return TimelineEntry(
        icon=entry.icon,
        title=f"{number}: {title}" if number else title,
        moment=entry.at,
        text=_text(entry),
        who=", ".join(part for part in (entry.person, entry.organization) if part),
        url=_url(entry, number),
        tone=_TONES.get(entry.kind, "neutral"),
    )


def _url(entry: Entry, number: str) -> str:
    if not number:
        return ""
    page = "subscription_detail" if entry.kind.startswith("subscription.") else "request_detail"
    return reverse(page, args=[number])


def _text(entry: Entry) -> str:
    """What was changed, by the names that people know the fields by."""
    names = {
        "name": _("Name"),
        "phone": _("Phone"),
        "kind": _("Who it is"),
        "email": _("E-mail"),
        "comment": _("Comment"),
        "tags": _("Tags"),
        "addresses": _("Addresses"),
        "consent": _("Consent"),
    }
    changed = [names[name] for name in entry.data.get("fields", ()) if name in names]
    return ", ".join(changed)
