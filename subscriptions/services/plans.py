"""Creating and changing plans."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.workflow import touched
from locations.models import City, ServiceCategory
from subscriptions.choices import CommissionRule, ExitRule
from subscriptions.models import Plan
from subscriptions.plan_attributes import clean_attributes
from subscriptions.rights import keeps_plans

# What a manager may set beside attributes and cities; the category is chosen once, at creation:
# requests and attributes stand on it.
EDITABLE = (
    "name",
    "technology",
    "price",
    "connection_fee",
    "term_months",
    "days_min",
    "days_max",
    "commission_rule",
    "commission_value",
    "clawback_days",
    "exit_rule",
    "exit_value",
    "exit_visit",
    "change_fee",
    "relocation_fee",
    "suspension_price",
    "valid_from",
    "valid_to",
    "is_published",
)
# Terms of changes and of leaving: what is left empty costs nothing.
FREE_UNLESS_SAID: dict[str, Any] = {
    "clawback_days": 0,
    "exit_rule": ExitRule.NONE,
    "exit_value": Decimal(0),
    "change_fee": Decimal(0),
    "relocation_fee": Decimal(0),
    "suspension_price": Decimal(0),
}
MAX_COMMISSION_MONTHS = 24
CLAWBACK_DAYS_AT_MOST = 730


def create_plan(
    actor: Actor,
    *,
    category: ServiceCategory,
    attributes: Mapping[str, Any],
    cities: Iterable[City] = (),
    **fields: Any,
) -> Plan:
    """Creates a plan of the actor's provider; `fields` are of EDITABLE.

    No `cities`: it is sold wherever the provider's coverage reaches. Raises Forbidden unless the
    actor is a MANAGER of a working provider, DomainError with `field`.
    """
    if not keeps_plans(actor):
        raise Forbidden(_("Only a manager of a verified provider creates plans."))
    now = clock.now()
    plan = Plan(provider=actor.organization, category=category, created_at=now, updated_at=now)
    _assign(plan, fields)
    plan.attributes = clean_attributes(list(category.attributes.all()), attributes)
    chosen = list(cities)
    plan.everywhere = not chosen
    with transaction.atomic():
        plan.save()
        plan.cities.set(chosen)
        emit(actor, "plan.created", plan, {PartyRole.PROVIDER: plan.provider})
    return plan


def may_change_plan(actor: Actor, plan: Plan) -> bool:
    return keeps_plans(actor) and plan.provider_id == actor.organization_id


def change_plan(
    actor: Actor,
    plan: Plan,
    *,
    version: int,
    attributes: Mapping[str, Any] | None = None,
    cities: Iterable[City] | None = None,
    **fields: Any,
) -> Plan:
    """Sets the given fields; attributes and cities are replaced as wholes. Returns the plan.

    Requests that are filed keep the terms they were filed with. Raises Conflict when someone has
    changed the plan since `version`, Forbidden, DomainError with `field`.
    """
    if not may_change_plan(actor, plan):
        raise Forbidden(_("Only a manager of a verified provider changes its plans."))
    with transaction.atomic():
        row = Plan.objects.select_for_update().get(pk=plan.pk)
        if row.version != version:
            raise Conflict(_("Someone changed this plan while you were editing."))
        before = {name: getattr(row, name) for name in (*EDITABLE, "attributes")}
        _assign(row, fields)
        if attributes is not None:
            row.attributes = clean_attributes(list(row.category.attributes.all()), attributes)
        changed = [name for name, value in before.items() if getattr(row, name) != value]
        if cities is not None and _replace_cities(row, list(cities)):
            changed.append("cities")
        if changed:
            touched(row)
            row.save()
            emit(
                actor, "plan.changed", row, {PartyRole.PROVIDER: row.provider}, {"fields": changed}
            )
    return row


def _replace_cities(plan: Plan, chosen: list[City]) -> bool:
    """Sets the cities; whether they are others than before."""
    same = {city.pk for city in chosen} == set(plan.cities.values_list("pk", flat=True))
    plan.cities.set(chosen)
    plan.everywhere = not chosen
    return not same


def _assign(plan: Plan, fields: Mapping[str, Any]) -> None:
    unknown = set(fields) - set(EDITABLE)
    if unknown:
        raise TypeError(f"A plan has no {sorted(unknown)} to set.")
    for name, value in fields.items():
        setattr(plan, name, value)
    plan.name = " ".join(plan.name.split())
    plan.technology = plan.technology.strip()
    _fill_terms(plan)
    try:
        # Texts become dates and decimals here, so what must hold between fields comes after.
        plan.clean_fields(exclude={"provider", "category", "attributes", "public_id"})
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise DomainError(messages[0], field=field) from error
    check_terms(plan)


def check_terms(plan: Plan) -> None:
    """What must hold between the fields of a plan; raises DomainError with `field`.

    A commission's value without a rule is set to zero.
    """
    _fill_terms(plan)
    _check_order(plan)
    _check_commission(plan)
    _check_exit(plan)


def _check_commission(plan: Plan) -> None:
    """Brings the commission's value in line with its rule, or raises DomainError."""
    if plan.commission_rule == CommissionRule.NONE:
        plan.commission_value = Decimal(0)
        return
    if plan.commission_value <= 0:
        raise DomainError(_("Write how much the agency earns."), field="commission_value")
    limits = {CommissionRule.FEE_SHARE: 100, CommissionRule.MONTHS: MAX_COMMISSION_MONTHS}
    limit = limits.get(CommissionRule(plan.commission_rule))
    if limit is not None and plan.commission_value > limit:
        raise DomainError(
            _("It cannot be above %(limit)s.") % {"limit": limit}, field="commission_value"
        )


def _fill_terms(plan: Plan) -> None:
    for name, nothing in FREE_UNLESS_SAID.items():
        if getattr(plan, name) in (None, ""):
            setattr(plan, name, nothing)


def _check_exit(plan: Plan) -> None:
    """Brings the terms of leaving in line with their rule, or raises DomainError."""
    if plan.exit_rule == ExitRule.NONE:
        plan.exit_value = Decimal(0)
    elif plan.exit_value <= 0:
        raise DomainError(_("Write how much leaving early costs."), field="exit_value")
    elif plan.exit_rule == ExitRule.REMAINING and plan.exit_value > 100:
        raise DomainError(_("It cannot be above %(limit)s.") % {"limit": 100}, field="exit_value")
    if plan.exit_rule != ExitRule.NONE and not plan.term_months:
        raise DomainError(
            _("Only a plan with a term can be ended early: set the term."), field="exit_rule"
        )
    if plan.clawback_days and plan.commission_rule == CommissionRule.NONE:
        plan.clawback_days = 0
    if plan.clawback_days > CLAWBACK_DAYS_AT_MOST:
        raise DomainError(
            _("It cannot be above %(limit)s.") % {"limit": CLAWBACK_DAYS_AT_MOST},
            field="clawback_days",
        )


def _check_order(plan: Plan) -> None:
    """What the table's constraints hold, said beside the field that breaks it."""
    if plan.days_max < plan.days_min:
        raise DomainError(_("The longest time cannot be below the shortest."), field="days_max")
    if plan.valid_from and plan.valid_to and plan.valid_to < plan.valid_from:
        raise DomainError(_("The last day of sale cannot be before the first."), field="valid_to")
