"""A provider's rules of assignment: kept by its managers."""

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, PartyRole, Role
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.querysets import get_visible
from core.workflow import touched
from locations.models import City, District, ServiceCategory
from subscriptions.choices import AssignmentMethod
from subscriptions.models import AssignmentRule
from users.models import CustomUser, Organization, Team
from users.selectors.members import working_members

RULES_AT_MOST = 100


def may_keep_assignment(actor: Actor) -> bool:
    """MANAGERs of a provider, and administrators who act for one."""
    if actor.kind != OrganizationKind.PROVIDER:
        return False
    return actor.system or actor.is_admin or actor.has_role(Role.MANAGER)


def save_assignment_rule(
    actor: Actor,
    rule: AssignmentRule | None,
    *,
    method: str,
    category: ServiceCategory | None = None,
    city: City | None = None,
    district: District | None = None,
    person: CustomUser | None = None,
    team: Team | None = None,
    version: int | None = None,
) -> AssignmentRule:
    """Adds a rule, after the others, or (with `rule`) changes it; `version` is what was seen.

    A district says more than its city. Raises Forbidden, NotVisible, Conflict, or DomainError with
    `field`.
    """
    _check_right(actor)
    _check_people(actor, method, person, team)
    with transaction.atomic():
        # Rules of one provider are written one after another: so are their positions.
        Organization.objects.select_for_update().get(pk=actor.organization.pk)
        row = _own(actor, rule, version) if rule else _new(actor)
        row.category, row.district = category, district
        row.city = district.city if district else city
        row.method = method
        fixed = method == AssignmentMethod.FIXED
        row.person, row.team = (person, None) if fixed else (None, team)
        if rule:
            touched(row)
        row.save()
        _tell(actor)
    return row


def set_assignment_active(actor: Actor, rule: AssignmentRule, is_active: bool) -> AssignmentRule:
    """Pauses a rule, or puts it in force again. Raises Forbidden, NotVisible."""
    _check_right(actor)
    with transaction.atomic():
        row = _own(actor, rule, None)
        if row.is_active != is_active:
            row.is_active = is_active
            touched(row)
            row.save(update_fields=["is_active", "version", "updated_at"])
            _tell(actor)
    return row


def move_assignment_rule(actor: Actor, rule: AssignmentRule, step: int) -> None:
    """Changes places with the rule before (`step` -1) or after (1) it; at an end nothing happens.

    Raises Forbidden, NotVisible.
    """
    _check_right(actor)
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=actor.organization.pk)
        rows = list(AssignmentRule.objects.visible_to(actor).order_by("position", "id"))
        here = [row.pk for row in rows].index(_own(actor, rule, None).pk)
        there = here + step
        if not 0 <= there < len(rows):
            return
        rows[here], rows[there] = rows[there], rows[here]
        for position, row in enumerate(rows):
            row.position = position
        AssignmentRule.objects.bulk_update(rows, ["position"])
        _tell(actor)


def delete_assignment_rule(actor: Actor, rule: AssignmentRule) -> None:
    """Deletes a rule; one that is gone already is no matter. Raises Forbidden."""
    _check_right(actor)
    with transaction.atomic():
        gone, _rows = AssignmentRule.objects.visible_to(actor).filter(pk=rule.pk).delete()
        if gone:
            _tell(actor)


def _check_right(actor: Actor) -> None:
    if not may_keep_assignment(actor):
        raise Forbidden(_("Only managers of a provider say who gets which requests."))


def _check_people(actor: Actor, method: str, person: CustomUser | None, team: Team | None) -> None:
    if method not in AssignmentMethod.values:
        raise DomainError(_("Choose how the person is found."), field="method")
    if method != AssignmentMethod.FIXED:
        if team is not None and team.organization_id != actor.organization_id:
            raise DomainError(_("Choose a team of yours."), field="team")
        return
    if person is None:
        raise DomainError(_("Choose who gets these requests."), field="person")
    if not working_members(actor.organization_id).filter(user=person).exists():
        raise DomainError(_("Choose someone who works here."), field="person")


def _own(actor: Actor, rule: AssignmentRule, version: int | None) -> AssignmentRule:
    rows = AssignmentRule.objects.select_for_update()
    found: AssignmentRule = get_visible(rows, actor, pk=rule.pk)
    if version is not None and found.version != version:
        raise Conflict(_("A colleague has changed this rule meanwhile. Open it again."))
    return found


def _new(actor: Actor) -> AssignmentRule:
    rows = AssignmentRule.objects.filter(provider=actor.organization)
    if rows.count() >= RULES_AT_MOST:
        raise DomainError(_("There are enough rules: delete one first."))
    last = rows.aggregate(last=Max("position"))["last"]
    now = clock.now()
    return AssignmentRule(
        provider=actor.organization,
        position=0 if last is None else last + 1,
        created_at=now,
        updated_at=now,
    )


def _tell(actor: Actor) -> None:
    organization = actor.organization
    emit(actor, "assignment_rules.changed", organization, {PartyRole.PROVIDER: organization})
