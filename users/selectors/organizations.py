"""Reads about the organizations that a person may act for."""

from collections.abc import Iterable

from django.db.models import QuerySet

from core.actor import Actor
from core.folding import fold
from core.pagination import Page, paginate
from core.prepared import Prepared
from users.models import CustomUser, Organization

# The menu holds no more; the page behind it has them all.
MENU_LENGTH = 8
# Worked out once: two small queries cost less than building one for both sides of a request.
_BY_ID = Prepared(lambda pk: Organization.objects.filter(pk=pk))


def organization_by_id(pk: int) -> Organization:
    """A party of a row that the caller may see."""
    return _BY_ID.fetch(pk)[0]


def display_name(user: CustomUser) -> str:
    return str(user)


def organizations_to_act_for(actor: Actor) -> QuerySet[Organization]:
    """Those that the switcher offers: memberships, and what is in the charge of staff."""
    own = [membership.organization_id for membership in actor.user.open_memberships]
    organizations = Organization.objects.filter(pk__in=own)
    if actor.staff is not None:
        organizations |= Organization.objects.in_charge_of(actor.user, actor.staff)
    return organizations.filter(is_active=True).distinct()


def organizations_for_menu(actor: Actor) -> Iterable[Organization]:
    """The switcher's short list: a member's is in memory, that of staff is read if shown."""
    if actor.staff is not None:
        return organizations_to_act_for(actor).order_by("search_name")[:MENU_LENGTH]
    return [membership.organization for membership in actor.user.open_memberships[:MENU_LENGTH]]


def page_of_organizations(actor: Actor, text: str = "", cursor: str = "") -> Page:
    """A page of the switcher's list, by name; `text` is a beginning of the name, or an INN."""
    organizations = organizations_to_act_for(actor)
    if text.isdigit():
        organizations = organizations.filter(inn=text)
    elif text:
        organizations = organizations.filter(search_name__startswith=fold(text))
    return paginate(organizations, ["search_name", "id"], cursor)
