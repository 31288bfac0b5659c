"""What upper apps say about their subjects: what they are, whom to tell, and in which words."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format

from core import clock
from core.choices import PartyRole, Role
from core.events.registry import EventKind
from core.models import Event
from core.parts.text import day_in_words


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about, as a reader knows it: its name in one line, and its page."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class StaffTold:
    """The staff who are told of an event. `is_sandbox`: nothing of it leaves the portal."""

    user_ids: Collection[int] = ()
    is_sandbox: bool = False


@dataclass(frozen=True, slots=True)
class Telling:
    """An event as one reader may know it, and the words for its times.

    `is_letter`: it is read at some later time, so that "tomorrow" would be wrong.
    """

    kind: EventKind
    data: Mapping[str, Any]
    is_letter: bool = False

    @property
    def number(self) -> str:
        return str(self.data.get("number", ""))

    def moment(self, field: str) -> str:
        """The time in `field`: "tomorrow, 14:30"; in a letter "24 November 2026, 14:30"."""
        found = parse_datetime(str(self.data.get(field, "")))
        if found is None:
            return ""
        local = timezone.localtime(found)
        return f"{self._words(local.date())}, {local:%H:%M}"

    def day(self, field: str) -> str:
        """The date in `field`, in words."""
        found = parse_date(str(self.data.get(field, "")))
        return self._words(found) if found else ""

    def _words(self, day: date) -> str:
        return date_format(day) if self.is_letter else day_in_words(day, clock.today())


Present = Callable[[Collection[int]], Mapping[int, Subject]]
Recipients = Callable[[Event, PartyRole, Any], Iterable[int]]
StaffRecipients = Callable[[Event], StaffTold]
Sentence = Callable[[Telling], str]

_presenters: dict[str, Present] = {}
_recipients: dict[str, Recipients] = {}
_staff_recipients: dict[str, StaffRecipients] = {}
_sentences: dict[str, Sentence] = {}


def presenter(model: str) -> Callable[[Present], Present]:
    """Registers `present(ids) -> {id: Subject}` for subjects of a model ("app.model"), in bulk.

    Ids that are gone are left out. It runs in the reader's language.
    """

    def register(present: Present) -> Present:
        _presenters[model.lower()] = present
        return present

    return register


def recipients(model: str) -> Callable[[Recipients], Recipients]:
    """Registers who is told of events about a model: user ids by (event, side, organization).

    Without one these are the organization's owners and managers. Whoever acted is left out anyway.
    """

    def register(choose: Recipients) -> Recipients:
        _recipients[model.lower()] = choose
        return choose

    return register


def staff_recipients(model: str) -> Callable[[StaffRecipients], StaffRecipients]:
    """Registers which staff are told of events about a model, of kinds that notify SUPPORT.

    Without one it is nobody. They are told as staff, whatever organization they belong to.
    """

    def register(choose: StaffRecipients) -> StaffRecipients:
        _staff_recipients[model.lower()] = choose
        return choose

    return register


def sentence(kind: str) -> Callable[[Sentence], Sentence]:
    """Registers how an event of `kind` is said in one line, without a full stop.

    Without one it is said as "number: title of the kind". It runs in the reader's language and time
    zone, and knows only what the reader's side may know.
    """

    def register(say: Sentence) -> Sentence:
        _sentences[kind] = say
        return say

    return register


def say(telling: Telling) -> str:
    known = _sentences.get(telling.kind.name)
    if known is not None:
        return known(telling)
    title = str(telling.kind.title)
    return f"{telling.number}: {title}" if telling.number else title


def subjects_of(events: Iterable[Event]) -> dict[tuple[str, int], Subject]:
    """(type, id) → Subject, with the queries of one presenter per type."""
    wanted: dict[str, set[int]] = {}
    for event in events:
        wanted.setdefault(event.subject_type, set()).add(event.subject_id)
    return {
        (model, pk): subject
        for model, ids in wanted.items()
        if model in _presenters
        for pk, subject in _presenters[model](ids).items()
    }


def recipients_of(event: Event, role: PartyRole, organization: Any) -> set[int]:
    choose = _recipients.get(event.subject_type, owners_and_managers)
    return set(choose(event, role, organization))


def staff_told_of(event: Event) -> StaffTold:
    choose = _staff_recipients.get(event.subject_type)
    return StaffTold() if choose is None else choose(event)


def owners_and_managers(event: Event, role: PartyRole, organization: Any) -> set[int]:
    """Ids of the active people who lead an organization."""
    rows = apps.get_model("users", "Membership").objects.filter(
        organization=organization,
        is_active=True,
        user__is_active=True,
        role__in=[Role.OWNER, Role.MANAGER],
    )
    return set(rows.values_list("user_id", flat=True))
