"""The form of a visit's move where the provider keeps slots: a slot, or a time of one's own."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.widgets import ChoiceWidget
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.actor import Actor
from core.workflow import Transition
from subscriptions.choices import AppointmentState
from subscriptions.forms.moves import MoveForm
from subscriptions.models import Appointment, ConnectionRequest
from subscriptions.selectors.request_history import visit_in_words
from subscriptions.selectors.visit_picks import by_day, times
from subscriptions.selectors.visit_slots import days_ahead, free_slots, keeps_slots
from subscriptions.services.visits.booking import key_of, times_of
from subscriptions.slots import Slot

FREE_TIME = ""
_TIMES = ("day", "starts_at", "ends_at")


class SlotSelect(ChoiceWidget):
    """Radio buttons under the days they belong to; those of later days are folded up."""

    input_type = "radio"
    near = 6

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = None if value is None else str(value)
        days, flat = [], []
        for key, label in self.choices:
            if isinstance(label, list):
                days.append((key, [_option(slot, words, chosen) for slot, words in label]))
            else:
                flat.append(_option(key, label, chosen))
        far = days[self.near :]
        context = {
            "name": name,
            "id": (attrs or {}).get("id", f"id_{name}"),
            "first": flat[:-1],
            "near": days[: self.near],
            "far": far,
            "is_far": any(one["checked"] for _title, options in far for one in options),
            "last": flat[-1:],
        }
        return mark_safe(render_to_string("subscriptions/visits/slot_select.html", context))


def _option(key: str, label: Any, chosen: str | None) -> dict[str, Any]:
    time, note = (label.time, label.note) if isinstance(label, _Label) else (label, "")
    return {"value": key, "label": time, "note": note, "checked": key == chosen}


class VisitMoveForm(MoveForm):
    """A slot of the provider's is chosen first; the day and the hours count where none is."""

    def __init__(
        self, transition: Transition, *args: Any, visited: ConnectionRequest, **kwargs: Any
    ) -> None:
        super().__init__(transition, *args, **kwargs)
        self.visited = visited
        held = _held(visited)
        self.fields["slot"] = forms.ChoiceField(
            label=gettext_lazy("Time of the visit"),
            required=False,
            choices=_choices(visited, held),
            widget=SlotSelect,
            initial=key_of(held) if held else None,
        )
        for name in _TIMES:
            self.fields[name].required = False
        self.order_fields(["slot", *_TIMES])

    def clean(self) -> dict[str, Any]:
        slot = self.cleaned_data.get("slot", FREE_TIME)
        if slot != FREE_TIME:
            for name in _TIMES:
                self.errors.pop(name, None)
            found = times_of(self.visited, slot)
            if found is None:
                self.add_error("slot", _("The provider has no such time any more: choose another."))
            else:
                self.cleaned_data["starts_at"], self.cleaned_data["ends_at"] = found
            return self.cleaned_data
        for name in _TIMES:
            if name not in self.errors and self.cleaned_data.get(name) is None:
                self.add_error(name, _("Fill this in, or choose one of the times above."))
        return super().clean()


def move_form(
    actor: Actor, request: ConnectionRequest, transition: Transition, *args: Any, **kwargs: Any
) -> MoveForm:
    """The form of a move of `request`: for visits with the slots of its provider, if it has any."""
    if "slot" in transition.optional and keeps_slots(request.provider):
        return VisitMoveForm(transition, *args, visited=request, **kwargs)
    form = MoveForm(transition, *args, **kwargs)
    form.fields.pop("slot", None)
    return form


def _held(request: ConnectionRequest) -> Appointment | None:
    rows = request.appointments.filter(state=AppointmentState.HELD)
    return rows.select_related("slot__pattern").order_by("-pk").first()


def _choices(request: ConnectionRequest, held: Appointment | None) -> list[Any]:
    """What is held; then days with their slots, as groups; a time of one's own last."""
    free = free_slots(
        request.provider,
        request.visited,
        request.category_id,
        days_ahead(request.provider),
        with_notice=False,
    )
    found: list[Any] = []
    if held is not None:
        when = visit_in_words(held.starts_at, held.ends_at)
        found.append((key_of(held), _("%(when)s: held for this request") % {"when": when}))
    for group in by_day(free):
        name = date_format(group.day, "D, j E")
        found.append((name, [(slot.key, _label(slot)) for slot in group.slots]))
    found.append((FREE_TIME, _("Another time, written below")))
    return found


@dataclass(frozen=True, slots=True)
class _Label:
    """The time, and beneath it who comes and how many places are left."""

    time: str
    note: str

    def __str__(self) -> str:
        return f"{self.time} ({self.note})"


def _label(slot: Slot) -> _Label:
    free = _("free: %(count)s") % {"count": slot.free}
    note = f"{slot.crew}, {free}" if slot.crew else free
    return _Label(times(slot.starts_at, slot.ends_at), note)
