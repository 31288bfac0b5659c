"""Statements about single buildings; they override the provider's zones there."""

from typing import Any, Unpack

from django.db import IntegrityError, transaction

from core import clock, events
from core.actor import Actor
from core.choices import PartyRole
from core.querysets import get_visible
from locations.models import Building, BuildingCoverage, ServiceCategory
from locations.services.rights import provider_of, require_provider_of
from locations.terms import Terms, TermsGiven
from users.models import Organization


def state_building_coverage(
    actor: Actor,
    *,
    building: Building,
    category: ServiceCategory,
    provider: Organization | None = None,
    **terms: Unpack[TermsGiven],
) -> BuildingCoverage:
    """States what a provider offers at a building, replacing what it said of that technology.

    Raises Forbidden, DomainError with `field`; NotVisible for a building the actor cannot see.
    """
    provider = provider_of(actor, provider)
    get_visible(Building.objects, actor, pk=building.pk)
    fields = {**Terms(**terms).fields(), "stated_at": clock.now()}
    key = {
        "building": building,
        "provider": provider,
        "category": category,
        "technology": fields.pop("technology"),
    }
    with transaction.atomic():
        statement = _update(key, fields) or _insert(key, fields)
        _tell(actor, statement, provider, statement.state)
    return statement


def withdraw_building_coverage(actor: Actor, statement: BuildingCoverage) -> None:
    """Takes a statement back: the provider's zones speak for the building again."""
    provider = require_provider_of(actor, statement)
    with transaction.atomic():
        _tell(actor, statement, provider, "WITHDRAWN")
        statement.delete()


def _insert(key: dict[str, Any], fields: dict[str, Any]) -> BuildingCoverage:
    try:
        with transaction.atomic():
            return BuildingCoverage.objects.create(**key, **fields)
    except IntegrityError:
        # Someone stated the same at this moment; the later word counts.
        statement = _update(key, fields)
        if statement is None:
            raise
        return statement


def _update(key: dict[str, Any], fields: dict[str, Any]) -> BuildingCoverage | None:
    statement = BuildingCoverage.objects.select_for_update().filter(**key).first()
    if statement is not None:
        for field, value in fields.items():
            setattr(statement, field, value)
        statement.save(update_fields=list(fields))
    return statement


def _tell(actor: Actor, statement: BuildingCoverage, provider: Organization, state: str) -> None:
    events.emit(
        actor, "coverage.changed", statement, {PartyRole.PROVIDER: provider}, {"state": state}
    )
