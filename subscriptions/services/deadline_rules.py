"""A provider says how long its steps may take, and when its people hear of a deadline."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, PartyRole, Role, StaffScope
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from locations.models import ServiceCategory
from subscriptions.choices import WarnBy
from subscriptions.deadline_terms import (
    COUNTED,
    LEAST_HOURS,
    LEAST_SHARE,
    MOST_ESCALATION_HOURS,
    MOST_HOURS,
    MOST_SHARE,
    MOST_WARN_HOURS,
    Terms,
    Warnings,
)
from subscriptions.models import DeadlinePolicy, DeadlineRule
from subscriptions.selectors.deadlines import terms_of
from users.models import Organization

Hours = Mapping[str, int | None]


def may_set_deadlines(actor: Actor) -> bool:
    """MANAGERs of a provider and administrators who act for one; account managers for a provider
    that is not on the portal yet, whose requests staff work."""
    if actor.kind != OrganizationKind.PROVIDER:
        return False
    if actor.system or actor.is_admin or actor.has_role(Role.MANAGER):
        return True
    return (
        actor.staff == StaffScope.ACCOUNT_MANAGER
        and actor.role is None
        and not actor.organization.is_claimed
    )


def own_hours(terms: Terms, category_id: int | None) -> dict[str, int | None]:
    """What was set for one category, or (None) for all; None where nothing was."""
    return {state: terms.hours.get((category_id, state)) for state in COUNTED}


def set_hours(
    actor: Actor,
    category: ServiceCategory | None,
    hours: Hours,
    seen: Hours | None = None,
) -> list[str]:
    """Sets working hours by state for a category, or (None) for all that have none of their own.

    None takes a rule away. Holds for states that requests enter from now on. `seen` is what the
    actor looked at. Returns the states that changed. Raises Forbidden, Conflict, or DomainError
    with the state as `field`.
    """
    _check_right(actor)
    for state, given in hours.items():
        _check_hours(state, given)
    with transaction.atomic():
        # Rules of one provider are written one after another.
        Organization.objects.select_for_update().get(pk=actor.organization.pk)
        category_id = category.pk if category else None
        before = own_hours(terms_of(actor.organization.pk), category_id)
        if seen is not None and dict(seen) != before:
            raise Conflict(
                _("Someone has changed these deadlines meanwhile. Look again, and repeat.")
            )
        changed = [state for state in COUNTED if hours.get(state) != before[state]]
        for state in changed:
            _write(actor.organization.pk, category_id, state, hours.get(state))
        if changed:
            _tell(actor, category, changed)
    return changed


def set_warnings(actor: Actor, warnings: Warnings) -> None:
    """Sets when people are warned and who hears of what was missed; from now on.

    Raises Forbidden, or DomainError with the field of `Warnings`.
    """
    _check_right(actor)
    _check_warnings(warnings)
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=actor.organization.pk)
        if warnings == terms_of(actor.organization.pk).warnings:
            return
        DeadlinePolicy.objects.update_or_create(
            provider=actor.organization,
            defaults={
                "warn_by": warnings.warn_by,
                "warn_left": warnings.warn_left,
                "managers_after": warnings.managers_after,
                "account_manager_after": warnings.account_manager_after,
                "updated_at": clock.now(),
            },
        )
        _tell(actor, None, ["warnings"])


def _check_right(actor: Actor) -> None:
    if not may_set_deadlines(actor):
        raise Forbidden(_("Only managers of the provider set its deadlines."))


def _check_hours(state: str, given: int | None) -> None:
    if state not in COUNTED:
        raise DomainError(_("This state has no hours to set."))
    if given is not None and not LEAST_HOURS <= given <= MOST_HOURS:
        raise DomainError(
            _("From %(least)s to %(most)s working hours, or leave it empty.")
            % {"least": LEAST_HOURS, "most": MOST_HOURS},
            field=state,
        )


def _check_warnings(warnings: Warnings) -> None:
    if warnings.warn_by not in WarnBy.values:
        raise DomainError(_("Choose when to warn."), field="warn_by")
    least, most = {
        WarnBy.SHARE.value: (LEAST_SHARE, MOST_SHARE),
        WarnBy.HOURS.value: (1, MOST_WARN_HOURS),
    }.get(warnings.warn_by, (0, MOST_WARN_HOURS))
    _check_between(warnings.warn_left, least, most, "warn_left")
    for name in ("managers_after", "account_manager_after"):
        given = getattr(warnings, name)
        if given is not None:
            _check_between(given, 0, MOST_ESCALATION_HOURS, name)


def _check_between(given: int, least: int, most: int, field: str) -> None:
    if not least <= given <= most:
        raise DomainError(
            _("From %(least)s to %(most)s.") % {"least": least, "most": most}, field=field
        )


def _write(provider_id: int, category_id: int | None, state: str, hours: int | None) -> None:
    key = DeadlineRule.key_of(provider_id, category_id, state)
    if hours is None:
        DeadlineRule.objects.filter(key=key).delete()
        return
    DeadlineRule.objects.update_or_create(
        key=key,
        defaults={
            "provider_id": provider_id,
            "category_id": category_id,
            "state": state,
            "hours": hours,
        },
    )


def _tell(actor: Actor, category: ServiceCategory | None, states: list[str]) -> None:
    emit(
        actor,
        "deadlines.changed",
        actor.organization,
        {PartyRole.PROVIDER: actor.organization},
        {"category": category.code if category else "", "states": states},
    )
