"""Which leads an agency wants: its managers say so, and staff in the admin."""

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, PartyRole, Role
from core.errors import DomainError, Forbidden
from core.events import emit
from core.querysets import get_visible
from locations.models import City, Region, ServiceCategory
from subscriptions.models import LeadRule
from users.models import Organization

RULES_AT_MOST = 100
LIMIT_AT_MOST = 1000


def may_keep_rules(actor: Actor) -> bool:
    """MANAGERs of an agency, and administrators who act for one."""
    if actor.kind != OrganizationKind.AGENCY:
        return False
    return actor.system or actor.is_admin or actor.has_role(Role.MANAGER)


def save_rule(
    actor: Actor,
    rule: LeadRule | None,
    *,
    region: Region | None = None,
    city: City | None = None,
    category: ServiceCategory | None = None,
    daily_limit: int | None = None,
    is_active: bool = True,
) -> LeadRule:
    """Adds a rule to the actor's agency, or (with `rule`) changes it.

    A city says more than its region, which is then left out. The weight is the staff's to set.
    Raises Forbidden, NotVisible, or DomainError with `field`.
    """
    _check_right(actor)
    if daily_limit is not None and not 1 <= daily_limit <= LIMIT_AT_MOST:
        raise DomainError(
            _("From 1 to %(most)s, or leave it empty.") % {"most": LIMIT_AT_MOST},
            field="daily_limit",
        )
    with transaction.atomic():
        # Rules of one agency are written one after another: two alike never come to be.
        Organization.objects.select_for_update().get(pk=actor.organization.pk)
        row = _own(actor, rule) if rule else _new(actor)
        row.city, row.region = city, None if city else region
        row.category, row.daily_limit, row.is_active = category, daily_limit, is_active
        _check_alone(row)
        row.save()
        _tell(actor)
    return row


def set_rule_active(actor: Actor, rule: LeadRule, is_active: bool) -> LeadRule:
    """Pauses a rule, or puts it in force again. Raises Forbidden, NotVisible."""
    _check_right(actor)
    with transaction.atomic():
        row = _own(actor, rule)
        if row.is_active != is_active:
            row.is_active = is_active
            row.save(update_fields=["is_active"])
            _tell(actor)
    return row


def delete_rule(actor: Actor, rule: LeadRule) -> None:
    """Deletes a rule; one that is gone already is no matter. Raises Forbidden."""
    _check_right(actor)
    with transaction.atomic():
        gone, _rows = LeadRule.objects.visible_to(actor).filter(pk=rule.pk).delete()
        if gone:
            _tell(actor)


def _check_right(actor: Actor) -> None:
    if not may_keep_rules(actor):
        raise Forbidden(_("Only managers of an agency say which leads it wants."))


def _own(actor: Actor, rule: LeadRule) -> LeadRule:
    found: LeadRule = get_visible(LeadRule.objects.select_for_update(), actor, pk=rule.pk)
    return found


def _new(actor: Actor) -> LeadRule:
    if LeadRule.objects.filter(agency=actor.organization).count() >= RULES_AT_MOST:
        raise DomainError(_("There are enough rules: delete one first."))
    return LeadRule(agency=actor.organization, created_at=clock.now())


def _check_alone(row: LeadRule) -> None:
    """Two rules for the same place and service would only puzzle."""
    same = LeadRule.objects.filter(
        agency=row.agency, city=row.city, region=row.region, category=row.category
    )
    if same.exclude(pk=row.pk).exists():
        raise DomainError(_("You have a rule for this place and service: change that one."))


def _tell(actor: Actor) -> None:
    organization = actor.organization
    emit(actor, "lead_rules.changed", organization, {PartyRole.OWNER: organization})
