"""Rows that name subscriptions: by number, contract or personal account."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import DomainError
from core.ids import normalize_number
from subscriptions.choices import SubscriptionState
from subscriptions.models import Subscription
from subscriptions.models.subscriptions import NUMBER_PREFIX
from subscriptions.models.usage import MOST
from subscriptions.usage_rights import knows_usage
from subscriptions.usage_rules import THOUSANDTH, units_of

REFERENCE_LENGTH = 60
EARLIEST = date(2000, 1, 1)
LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Named:
    """What writing use needs to know of a subscription."""

    pk: int
    number: str
    owner_id: int
    provider_id: int
    holder_id: int | None
    category: str
    today: date


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a row: its index among those given, the field, and the reason."""

    index: int
    field: str
    reason: str


def find_subscriptions(actor: Actor, references: Iterable[str]) -> dict[str, list[Named]]:
    """The subscriptions that references mean, of those whose use the actor may tell.

    Where a contract or account is of several, those in force are meant. Two or three queries.
    """
    wanted = {text for text in references if text and len(text) <= REFERENCE_LENGTH}
    numbers = {text: normalize_number(NUMBER_PREFIX, text) for text in wanted}
    others = [text for text, number in numbers.items() if number is None]
    rows = Subscription.objects.visible_to(actor)
    by_number = {row.number: row for row in _read(rows.filter(number__in=_known(numbers)), actor)}
    found: dict[str, list[Named]] = {
        text: [by_number[number].named] for text, number in numbers.items() if number in by_number
    }
    if others:
        named = Q(contract_number__in=others) | Q(account_number__in=others)
        for text, candidates in _by_papers(_read(rows.filter(named), actor), others).items():
            found[text] = candidates
    return found


def _known(numbers: dict[str, str | None]) -> list[str]:
    return [number for number in numbers.values() if number is not None]


@dataclass(frozen=True, slots=True)
class _Read:
    number: str
    papers: tuple[str, str]
    in_force: bool
    named: Named


def _read(rows: object, actor: Actor) -> list[_Read]:
    columns = (
        "pk", "number", "owner_id", "provider_id", "holder_id", "category__code",
        "city__time_zone", "contract_number", "account_number", "state",
    )  # fmt: skip
    found, days = [], {}
    for row in rows.values_list(*columns, named=True):  # type: ignore[attr-defined]
        if not knows_usage(actor, row):
            continue
        zone = row.city__time_zone
        if zone not in days:
            days[zone] = clock.today(ZoneInfo(zone))
        named = Named(
            row.pk, row.number, row.owner_id, row.provider_id, row.holder_id,
            row.category__code, days[zone],
        )  # fmt: skip
        papers = (row.contract_number, row.account_number)
        found.append(_Read(row.number, papers, row.state != SubscriptionState.ENDED, named))
    return found


def _by_papers(rows: list[_Read], wanted: list[str]) -> dict[str, list[Named]]:
    asked = set(wanted)
    found: dict[str, list[_Read]] = defaultdict(list)
    for row in rows:
        for text in asked & set(row.papers):
            found[text].append(row)
    return {
        text: [row.named for row in (_in_force(several) or several)]
        for text, several in found.items()
    }


def _in_force(rows: list[_Read]) -> list[_Read]:
    return [row for row in rows if row.in_force]


def the_one(found: dict[str, list[Named]], reference: str) -> Named:
    """The subscription that a row means. Raises DomainError with field `subscription`."""
    candidates = found.get(reference, [])
    if not candidates:
        raise DomainError(
            _("There is no subscription with this number, contract or account."),
            field="subscription",
        )
    if len(candidates) > 1:
        raise DomainError(
            _("Several subscriptions have this contract or account: write the number."),
            field="subscription",
        )
    return candidates[0]


def check_period(starts_on: date, ends_on: date, today: date) -> None:
    """Raises DomainError for a period that cannot be."""
    if ends_on < starts_on:
        raise DomainError(_("The period ends before it begins."), field="ends_on")
    if starts_on < EARLIEST:
        raise DomainError(_("This day is too long ago."), field="starts_on")
    if ends_on > today:
        raise DomainError(_("The period is not over yet."), field="ends_on")
    if (ends_on - starts_on).days >= LONGEST_DAYS:
        raise DomainError(_("A period is a year at most."), field="ends_on")


def check_amount(amount: Decimal, field: str = "amount") -> Decimal:
    """The amount in thousandths. Raises DomainError."""
    if not amount.is_finite() or amount < 0:
        raise DomainError(_("Write a number that is not negative."), field=field)
    if amount > MOST:
        raise DomainError(_("This number is too large."), field=field)
    return amount.quantize(THOUSANDTH, ROUND_HALF_UP)


def unit_for(category: str, given: str) -> str:
    """The unit of a row, the category's usual one where none is given. Raises DomainError."""
    units = units_of(category)
    if not units:
        raise DomainError(_("The use of this service is not measured."), field="unit")
    if not given:
        return units[0]
    if given not in units:
        signs = ", ".join(str(unit.label) for unit in units)
        raise DomainError(
            _("This service is measured in: %(units)s.") % {"units": signs}, field="unit"
        )
    return given
