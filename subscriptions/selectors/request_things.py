"""What events of a request's page name by ids, in words: notes, fields, items, other requests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from core.actor import Actor
from core.timeline import Entry
from subscriptions.choices import RelationKind
from subscriptions.models import (
    ChecklistItem,
    ConnectionRequest,
    CustomField,
    NoteMention,
    RequestNote,
)
from subscriptions.services.requests.mentions import mentioned_in, with_names


@dataclass(frozen=True, slots=True)
class Things:
    """Names of what the shown events are about; each kind is read only where one names it."""

    items: Mapping[int, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    requests: Mapping[int, str] = field(default_factory=dict)

    def words(self, data: Mapping[str, Any]) -> str:
        if "item" in data:
            return self.items.get(data["item"], "")
        if "other" in data:
            return self._link(data)
        named = (self.fields.get(code, "") for code in data.get("fields", ()))
        return ", ".join(label for label in named if label)

    def _link(self, data: Mapping[str, Any]) -> str:
        number = self.requests.get(data["other"], "")
        relation = data.get("relation", "")
        if not number or relation not in RelationKind.values:
            return ""
        return f"{RelationKind(relation).label}: {number}"


def things_of(actor: Actor, request: ConnectionRequest, entries: Sequence[Entry]) -> Things:
    """A query for each of items, fields and other requests that the entries name; often none.

    A request that the actor may not see has no name here.
    """
    items = {entry.data["item"] for entry in entries if "item" in entry.data}
    others = {entry.data["other"] for entry in entries if "other" in entry.data}
    codes = {code for entry in entries for code in entry.data.get("fields", ())}
    return Things(
        dict(ChecklistItem.objects.filter(request=request, pk__in=items).values_list("pk", "text"))
        if items
        else {},
        dict(
            CustomField.objects.filter(
                provider_id=request.provider_id, public_id__in=codes
            ).values_list("public_id", "label")
        )
        if codes
        else {},
        dict(
            ConnectionRequest.objects.visible_to(actor)
            .filter(pk__in=others)
            .values_list("pk", "number")
        )
        if others
        else {},
    )


def notes_in_words(actor: Actor, notes: Iterable[RequestNote]) -> dict[int, str]:
    """Texts by id. Colleagues are named to colleagues; others read whose colleague was asked."""
    found = list(notes)
    naming = [note.pk for note in found if mentioned_in(note.text)]
    people: dict[int, dict[str, str]] = {}
    if naming:
        rows = NoteMention.objects.filter(note_id__in=naming).select_related("user")
        for row in rows:
            people.setdefault(row.note_id, {})[row.user.public_id] = str(row.user)
    return {note.pk: _words(actor, note, people.get(note.pk, {})) for note in found}


def _words(actor: Actor, note: RequestNote, people: Mapping[str, str]) -> str:
    is_own = note.organization_id is not None and note.organization_id == actor.organization_id
    if is_own or actor.is_staff or actor.system:
        return with_names(note.text, people, _("colleague"))
    organization = note.organization.name if note.organization else _("colleague")
    return with_names(note.text, {}, organization)
