"""Customers whom the staff write down a call of: found by what the caller can say for certain."""

from collections.abc import Sequence
from dataclasses import dataclass

from phonenumber_field.phonenumber import to_python

from core.folding import fold
from users.models import CustomUser, Membership, Organization

FOUND_AT_MOST = 12
_SHORTEST_NAME = 3
_INN_LENGTHS = (10, 12)


@dataclass(frozen=True, slots=True)
class Caller:
    """A person, and the organization that they ask for; None for who belongs to none."""

    user: CustomUser
    organization: Organization | None


def find_callers(text: str) -> list[Caller]:
    """By a whole address of mail or phone, or by an organization: its INN, or how its name begins.

    Names of people find nobody: they are said by whoever calls, and lead to who does not.
    """
    text = text.strip()
    user = _person(text)
    if user is not None:
        return callers_of(user)
    organizations = _organizations(text)
    members = Membership.objects.filter(
        organization__in=organizations, is_active=True, user__is_active=True
    )
    rows = members.select_related("user", "organization")
    found = rows.order_by("organization__search_name", "organization_id", "user__full_name", "pk")
    return [Caller(row.user, row.organization) for row in found[:FOUND_AT_MOST]]


def callers_of(user: CustomUser) -> list[Caller]:
    """A person once for each organization that they work for."""
    rows = user.memberships.filter(is_active=True, organization__is_active=True)
    found = rows.select_related("organization").order_by("organization__search_name", "pk")
    return [Caller(user, row.organization) for row in found] or [Caller(user, None)]


def account_of(email: str) -> CustomUser | None:
    """The account whose confirmed address this is."""
    rows = CustomUser.objects.filter(
        emailaddress__email__iexact=email.strip(), emailaddress__verified=True, is_active=True
    )
    return rows.order_by("pk").first()


def _person(text: str) -> CustomUser | None:
    if "@" in text:
        return account_of(text)
    number = to_python(text, region="RU")
    if not number or not number.is_valid():
        return None
    return CustomUser.objects.filter(phone=number.as_e164, is_active=True).first()


def _organizations(text: str) -> Sequence[int]:
    rows = Organization.objects.filter(is_active=True)
    if text.isascii() and text.isdecimal() and len(text) in _INN_LENGTHS:
        rows = rows.filter(inn=text)
    elif len(fold(text)) >= _SHORTEST_NAME:
        rows = rows.filter(search_name__startswith=fold(text))
    else:
        return []
    return list(rows.order_by("search_name", "id").values_list("pk", flat=True)[:FOUND_AT_MOST])
