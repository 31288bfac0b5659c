"""Addresses that people added: verified, corrected or refused by whoever knows better."""

from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock, events
from core.actor import Actor
from core.choices import PartyRole
from core.errors import Conflict, DomainError
from locations.models import Building, BuildingGuest
from locations.selectors.districts import district_of
from locations.services.building_counts import recount
from locations.services.buildings import check_number, check_point, street_of
from locations.services.merging import is_used
from locations.services.rights import may_refuse, require_decider

DECISION_LENGTH = 300


class Correction(TypedDict, total=False):
    """What may be put right while verifying; what is missing stays."""

    street_type: str
    street_name: str
    number: str
    latitude: float
    longitude: float
    is_private_house: bool


def verify_building(actor: Actor, building: Building, **correction: Unpack[Correction]) -> Building:
    """Makes an address public, as it was added or corrected. Once more changes nothing.

    Raises Forbidden, DomainError with `field`, and Conflict where a verified building stands at
    that address (it should be merged into it), the address was merged or refused meanwhile, or
    verified otherwise than it is corrected here.
    """
    with transaction.atomic():
        row = _waiting(actor, building)
        before = _address_of(row)
        _correct(row, correction)
        if row.status == Building.Status.VERIFIED:
            if _address_of(row) != before:
                raise Conflict(_("Somebody has decided on this address already."))
            return row
        row.status = Building.Status.VERIFIED
        row.decided_at = clock.now()
        row.set_derived()
        row.district_id = district_of(row)
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise Conflict(
                _("A verified building stands at this address already: merge this one into it.")
            ) from error
        BuildingGuest.objects.filter(building=row).delete()
        # It waited until now, and was counted nowhere.
        recount([row.cell])
        data = {"corrected": _address_of(row) != before}
        events.emit(actor, "building.verified", row, {PartyRole.OWNER: row.added_by}, data)
    return row


def refuse_building(actor: Actor, building: Building, *, reason: str) -> Building:
    """Takes an address that does not exist out of sight; whoever added it reads the reason.

    Only staff, and only where nothing was filed. Raises Forbidden, Conflict, DomainError.
    """
    words = " ".join(reason.split())
    if not words:
        raise DomainError(_("Say why: whoever added the address reads it."), field="reason")
    if len(words) > DECISION_LENGTH:
        raise DomainError(_("This is too long."), field="reason")
    with transaction.atomic():
        row = _waiting(actor, building)
        if not may_refuse(actor):
            require_decider(actor, None)
        if row.status == Building.Status.VERIFIED:
            raise Conflict(_("This address has been verified already."))
        if is_used(row):
            raise DomainError(
                _("Something was filed or noted here: merge it into the right building instead.")
            )
        row.status, row.decision, row.decided_at = Building.Status.REFUSED, words, clock.now()
        # The house of the register is another, or will come by a file: it needs its id.
        row.fias_id = None
        row.save(update_fields=["status", "decision", "decided_at", "fias_id"])
        BuildingGuest.objects.filter(building=row).delete()
        events.emit(actor, "building.refused", row, {PartyRole.OWNER: row.added_by})
    return row


def _waiting(actor: Actor, building: Building) -> Building:
    """The building, locked, that the actor may decide on."""
    row = Building.objects.select_for_update().get(pk=building.pk)
    require_decider(actor, row)
    if row.status in (Building.Status.MERGED, Building.Status.REFUSED):
        raise Conflict(_("Somebody has decided on this address already."))
    return row


def _address_of(building: Building) -> tuple[object, ...]:
    return (
        building.street_id,
        building.number,
        building.latitude,
        building.longitude,
        building.is_private_house,
    )


def _correct(building: Building, correction: Correction) -> None:
    if "street_name" in correction:
        name = correction["street_name"]
        type_ = correction.get("street_type", "")
        building.street = street_of(building.city, type_, name) if name.strip() else None
    if "number" in correction:
        building.number = check_number(correction["number"])
    building.latitude = correction.get("latitude", building.latitude)
    building.longitude = correction.get("longitude", building.longitude)
    check_point(building.latitude, building.longitude)
    building.is_private_house = correction.get("is_private_house", building.is_private_house)
