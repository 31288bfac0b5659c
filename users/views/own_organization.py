"""What the pages of an organization share: whose they are, and how they answer."""

from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.utils.translation import gettext as _

from core.access import access, members_alone, only
from core.choices import OrganizationKind, Role
from core.errors import DomainError, Forbidden
from core.http import Request
from users.models import Organization

# A private person's organization is that person: no members, no teams, no requisites.
_KINDS = frozenset(OrganizationKind) - {OrganizationKind.PERSON}

readers = access(only(*_KINDS))
# What tells of persons: not for staff who act by the organization's leave.
colleagues = access(members_alone(only(*_KINDS)))
managers = access(only(*_KINDS, least=Role.MANAGER))
owners = access(only(*_KINDS, least=Role.OWNER))


def own_organization(request: Request) -> Organization:
    """The organization that the request's actor acts for; Forbidden for staff without one."""
    organization = request.actor.organization
    if organization is None:
        raise Forbidden(_("Choose an organization to act for first."))
    return organization


def attempt(request: Request, act: Any, done: str) -> bool:
    """Does what a button asks for, and says how it went in a message; whether it was done."""
    try:
        act()
    except DomainError as error:
        if error.status in (403, 404):
            raise
        messages.error(request, str(error))
        return False
    messages.success(request, done)
    return True


def status_of(form: BaseForm, error: DomainError | None = None) -> int:
    if error is not None and error.status == 409:
        return 409
    return 422 if form.errors else 200
