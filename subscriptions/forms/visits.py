"""The form of a visit's move where the provider keeps slots: a slot, or a time of one's own."""

from typing import Any

from django import forms
from django.utils.formats import date_format
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
            widget=forms.RadioSelect,
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
    free = free_slots(
        request.provider,
        request.building,
        request.category_id,
        days_ahead(request.provider),
        with_notice=False,
    )
    found: list[Any] = []
    if held is not None:
        when = visit_in_words(held.starts_at, held.ends_at)
        found.append((key_of(held), _("%(when)s: held for this request") % {"when": when}))
    for group in by_day(free):
        name = date_format(group.day, "l, j E")
        found.append((name, [(slot.key, _label(slot)) for slot in group.slots]))
    found.append((FREE_TIME, _("Another time, written below")))
    return found


def _label(slot: Slot) -> str:
    label = times(slot.starts_at, slot.ends_at)
    crew = f"{slot.crew}, " if slot.crew else ""
    return _("%(time)s (%(crew)sfree: %(free)s)") % {
        "time": label, "crew": crew, "free": slot.free,
    }  # fmt: skip
