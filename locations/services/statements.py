"""Statements about single buildings; they override the provider's zones there."""

from collections.abc import Mapping
from typing import Any, Unpack

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock, events
from core.actor import Actor
from core.choices import PartyRole
from core.errors import DomainError
from core.querysets import get_visible
from locations.models import Building, BuildingCoverage, CoverageAction, ServiceCategory
from locations.services.history import check_version, record
from locations.services.rights import provider_of, require_provider_of
from locations.terms import Terms, TermsGiven, terms_of
from users.models import Organization


def state_building_coverage(
    actor: Actor,
    *,
    building: Building,
    category: ServiceCategory,
    provider: Organization | None = None,
    version: int | None = None,
    **terms: Unpack[TermsGiven],
) -> BuildingCoverage:
    """States what a provider offers at a building, replacing what it said of that technology.

    `version`: what of an earlier statement the actor has seen. Raises Forbidden, DomainError with
    `field`, Conflict with the other's change; NotVisible for a building the actor cannot see.
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
        statement = _update(actor, key, fields, version) or _insert(actor, key, fields)
        _tell(actor, statement, provider, statement.state)
    return statement


def revise_statement(
    actor: Actor, statement: BuildingCoverage, changes: Mapping[str, Any]
) -> BuildingCoverage:
    """Changes some of what a statement says; without changes it is confirmed as of now.

    Raises Forbidden, DomainError with `field`; NotVisible for one that is gone.
    """
    require_provider_of(actor, statement)
    try:
        with transaction.atomic():
            row = get_visible(
                BuildingCoverage.objects.select_for_update().select_related("provider"),
                actor,
                pk=statement.pk,
            )
            fields = Terms(**{**terms_of(row), **changes}).fields()
            action = CoverageAction.CHANGED if changes else CoverageAction.CONFIRMED
            _change(actor, row, {**fields, "stated_at": clock.now()}, action)
            _tell(actor, row, row.provider, row.state)
    except IntegrityError as error:
        raise DomainError(
            _("The building has another statement of this technology."), field="technology"
        ) from error
    return row


def withdraw_building_coverage(actor: Actor, statement: BuildingCoverage) -> None:
    """Takes a statement back: the provider's zones speak for the building again.

    Raises Forbidden; NotVisible for one that is gone.
    """
    provider = require_provider_of(actor, statement)
    with transaction.atomic():
        # The row before the job that `record` asks for: everybody locks in this order.
        row = get_visible(BuildingCoverage.objects.select_for_update(), actor, pk=statement.pk)
        _tell(actor, row, provider, "WITHDRAWN")
        record(actor, [row], CoverageAction.WITHDRAWN)
        row.delete()


def _insert(actor: Actor, key: dict[str, Any], fields: dict[str, Any]) -> BuildingCoverage:
    try:
        with transaction.atomic():
            statement = BuildingCoverage.objects.create(**key, **fields)
            record(actor, [statement], CoverageAction.STATED)
            return statement
    except IntegrityError:
        # Someone stated the same at this moment; the later word counts.
        found = _update(actor, key, fields, None)
        if found is None:
            raise
        return found


def _update(
    actor: Actor, key: dict[str, Any], fields: dict[str, Any], version: int | None
) -> BuildingCoverage | None:
    statement = BuildingCoverage.objects.select_for_update().filter(**key).first()
    if statement is not None:
        check_version(actor, statement, version)
        _change(actor, statement, fields, CoverageAction.CHANGED)
    return statement


def _change(
    actor: Actor, statement: BuildingCoverage, fields: dict[str, Any], action: CoverageAction
) -> None:
    """Whoever states it again answers for it anew: what contradicted it is of the past."""
    for field, value in fields.items():
        setattr(statement, field, value)
    statement.version += 1
    statement.contradicted_at = None
    statement.save(update_fields=[*fields, "version", "contradicted_at"])
    record(actor, [statement], action)


def _tell(actor: Actor, statement: BuildingCoverage, provider: Organization, state: str) -> None:
    events.emit(
        actor, "coverage.changed", statement, {PartyRole.PROVIDER: provider}, {"state": state}
    )
