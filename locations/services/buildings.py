"""Buildings that people add, and the units in them."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock, events
from core.actor import Actor
from core.choices import PartyRole, Role
from core.errors import Conflict, DomainError, Forbidden
from core.querysets import get_visible
from locations import addresses
from locations.models import Building, BuildingGuest, City, Street, Unit
from locations.models.places import HOUSE_LENGTH, STREET_LENGTH, STREET_TYPE_LENGTH, UNIT_LENGTH
from locations.selectors.districts import district_of
from locations.services.building_counts import recount
from locations.services.rights import may_add
from locations.services.vocabulary import learn_soon
from users.models import Organization


def unit_of(actor: Actor, building: Building, number: str) -> Unit:
    """The unit of that number in a building, made when nobody has named it before.

    A private house has one unit, with an empty number. Raises DomainError (`field` "unit_number"),
    Forbidden, and NotVisible for a building the actor cannot see.
    """
    if not (actor.system or actor.is_admin or actor.has_role(Role.MEMBER)):
        raise Forbidden(_("Your role allows only reading."))
    get_visible(Building.objects, actor, pk=building.pk)
    return unit_in(building, number)


def unit_in(building: Building, number: str) -> Unit:
    """As `unit_of`, of a building that the caller has found the actor to see, and to work in."""
    number = "" if building.is_private_house else addresses.unit_number(number)
    if not number and not building.is_private_house:
        raise DomainError(_("Give the number of the flat or office."), field="unit_number")
    if len(number) > UNIT_LENGTH:
        raise DomainError(_("This is too long for a number."), field="unit_number")
    unit = Unit.objects.filter(building=building, number=number).first()
    if unit is not None:
        return unit
    Unit.objects.bulk_create([Unit(building=building, number=number)], ignore_conflicts=True)
    return Unit.objects.get(building=building, number=number)


def add_building(
    actor: Actor,
    *,
    city: City,
    street_name: str,
    number: str,
    latitude: float,
    longitude: float,
    street_type: str = "",
    is_private_house: bool = False,
) -> Building:
    """Adds a building, or returns the one that stands at this address already.

    What an organization adds is seen by it alone until staff verify it; what staff add is verified.
    Raises Forbidden, DomainError with `field`.
    """
    keeper = actor.system or actor.is_admin
    if not keeper and not may_add(actor):
        raise Forbidden(_("Your role allows only reading."))
    number = check_number(number)
    check_point(latitude, longitude)
    with transaction.atomic():
        street = street_of(city, street_type, street_name) if street_name.strip() else None
        building = Building(
            city=city,
            street=street,
            number=number,
            latitude=latitude,
            longitude=longitude,
            is_private_house=is_private_house,
            status=Building.Status.VERIFIED if keeper else Building.Status.PENDING,
            added_by=actor.organization,
            created_at=clock.now(),
        )
        building.set_derived()
        existing = _standing(actor, building)
        if existing is not None:
            return existing
        building.district_id = district_of(building)
        building.save()
        if building.status == Building.Status.VERIFIED:
            recount([building.cell])
        events.emit(actor, "building.added", building, {PartyRole.OWNER: actor.organization})
    return building


def hold_building(building: Building) -> Building:
    """The building, locked until the transaction ends: nobody merges or refuses it meanwhile.

    Raises Conflict where that has just happened.
    """
    row = Building.objects.select_for_update().get(pk=building.pk)
    if row.status not in (Building.Status.VERIFIED, Building.Status.PENDING):
        raise Conflict(_("This address has just been changed. Look for it once more."))
    return row


def show_building(building_id: int, organization: Organization) -> None:
    """Lets an organization see an address that still waits: a request there was filed to it."""
    waiting = Building.objects.filter(pk=building_id, status=Building.Status.PENDING)
    if waiting.exists():
        BuildingGuest.objects.bulk_create(
            [BuildingGuest(building_id=building_id, organization=organization)],
            ignore_conflicts=True,
        )


def _standing(actor: Actor, building: Building) -> Building | None:
    """The building that the actor sees at the same address."""
    same = Building.objects.visible_to(actor).standing()
    same = same.filter(city=building.city, search_key=building.search_key, street=building.street)
    return same.order_by("-status", "pk").first()


def street_of(city: City, type_: str, name: str) -> Street:
    """The street of that name and type in a city, made when it is new."""
    street = Street(city=city, name=" ".join(name.split()), type=addresses.street_type(type_))
    if not street.type:
        street.type = Street._meta.get_field("type").default
    for field, most in (("name", STREET_LENGTH), ("type", STREET_TYPE_LENGTH)):
        if len(getattr(street, field)) > most:
            raise DomainError(_("This is too long."), field=f"street_{field}")
    street.set_derived()
    if not street.search_key:
        raise DomainError(_("Name the street."), field="street_name")
    key = {"city": city, "type": street.type, "search_key": street.search_key}
    existing = Street.objects.filter(**key).first()
    if existing is not None:
        return existing
    try:
        with transaction.atomic():
            street.save()
    except IntegrityError:
        return Street.objects.get(**key)
    learn_soon(street.search_key)
    return street


def check_number(text: str) -> str:
    """A house number as it is stored. Raises DomainError (`field` "number")."""
    number = addresses.number_text(text)
    if not addresses.fold(number):
        raise DomainError(_("Give the number of the house."), field="number")
    if len(number) > HOUSE_LENGTH:
        raise DomainError(_("This is too long for a house number."), field="number")
    return number


def check_point(latitude: float, longitude: float) -> None:
    """Raises DomainError (`field` "latitude" or "longitude") for a point that is not on earth."""
    # Written so that NaN is refused too.
    if not -90 <= latitude <= 90:
        raise DomainError(_("Latitude runs from −90 to 90."), field="latitude")
    if not -180 <= longitude <= 180:
        raise DomainError(_("Longitude runs from −180 to 180."), field="longitude")
