"""The address tree: region, city, street, building, unit."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.choices import OrganizationKind
from core.ids import new_public_id
from locations import addresses
from locations.fields import KeyField
from locations.geometry import cell_of

STREET_LENGTH, STREET_TYPE_LENGTH = 150, 20
HOUSE_LENGTH, UNIT_LENGTH = 30, 20


class Region(models.Model):
    fias_id = models.CharField(_("FIAS id"), max_length=36, unique=True)
    name = models.CharField(_("name"), max_length=100)
    type = models.CharField(_("type"), max_length=20)
    full_name = models.CharField(_("full name"), max_length=120)
    federal_district = models.CharField(_("federal district"), max_length=60, blank=True)
    iso_code = models.CharField(_("ISO 3166-2"), max_length=10, blank=True)
    kladr_id = models.CharField(_("KLADR id"), max_length=20, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40)

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.full_name


class City(models.Model):
    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    region = models.ForeignKey(Region, models.PROTECT, related_name="cities")
    fias_id = models.CharField(_("FIAS id"), max_length=36, unique=True)
    kladr_id = models.CharField(_("KLADR id"), max_length=20, blank=True)
    name = models.CharField(_("name"), max_length=100)
    type = models.CharField(_("type"), max_length=20, blank=True)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    population = models.PositiveIntegerField(_("population"), default=0)
    time_zone = models.CharField(_("time zone"), max_length=40)
    # What tells it apart from another city of the same name; empty for most.
    qualifier = models.CharField(_("told apart by"), max_length=120, blank=True)
    # Folded name: what suggestions search.
    search_key = KeyField(max_length=120, editable=False)

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        ordering = ["-population"]
        indexes = [
            models.Index(fields=["-population"], name="city_population"),
            models.Index(fields=["search_key"], name="city_search"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name, with the region where another city is called the same."""
        return f"{self.name} ({self.qualifier})" if self.qualifier else self.name

    @property
    def rank(self) -> int:
        """Where its addresses stand among equals: the smaller, the earlier."""
        return -self.population

    def set_derived(self) -> None:
        self.search_key = addresses.fold(self.name)


class Street(models.Model):
    city = models.ForeignKey(City, models.PROTECT, related_name="streets")
    name = models.CharField(_("name"), max_length=STREET_LENGTH)
    type = models.CharField(_("type"), max_length=STREET_TYPE_LENGTH, default="ул")
    fias_id = models.CharField(_("FIAS id"), max_length=36, null=True, blank=True, unique=True)
    # Folded name, without the type.
    search_key = KeyField(max_length=200, editable=False)
    # `City.rank`, kept here so that one index gives suggestions in their order.
    city_rank = models.IntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("street")
        verbose_name_plural = _("streets")
        ordering = ["name"]
        constraints = [
            # Serves suggestions within a city too: a range over the key.
            models.UniqueConstraint(fields=["city", "search_key", "type"], name="street_once"),
        ]
        # Suggestions in all cities, the larger first.
        indexes = [models.Index(fields=["search_key", "city_rank"], name="street_search")]

    def __str__(self) -> str:
        return addresses.street_label(self.type, self.name)

    def set_derived(self) -> None:
        self.search_key = addresses.fold(self.name)
        self.city_rank = self.city.rank


class District(models.Model):
    """A district of a city, with its outline; its buildings know it by `Building.district`.

    Outlines of one city should not overlap; where they do, the district that was made first holds
    the building. A district is found by its cells as a zone of coverage is (`ZoneCell`).
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    city = models.ForeignKey(City, models.CASCADE, related_name="districts")
    name = models.CharField(_("name"), max_length=120)
    # GeoJSON Polygon or MultiPolygon, WGS84, longitude before latitude (RFC 7946).
    geometry = models.JSONField(_("geometry"))
    # Grows with every change of the outline; prepared shapes are kept in processes by it.
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("district")
        verbose_name_plural = _("districts")
        ordering = ["name"]
        constraints = [
            # A file imported twice meets its own districts here.
            models.UniqueConstraint(fields=["city", "name"], name="district_once"),
        ]

    def __str__(self) -> str:
        return self.name


class DistrictCell(models.Model):
    """One H3 cell of a district, wholly inside or on its border (`locations.geometry.cells_of`)."""

    district = models.ForeignKey(District, models.CASCADE, related_name="cells")
    cell = models.BigIntegerField(_("H3 cell"))
    is_border = models.BooleanField(_("on the border"))

    class Meta:
        verbose_name = _("cell of a district")
        verbose_name_plural = _("cells of districts")
        indexes = [models.Index(fields=["cell", "district", "is_border"], name="district_cell")]

    def __str__(self) -> str:
        return f"{self.cell:x}"


class BuildingQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Verified buildings are public; one that an organization added is its own until then.

        It is shown to the providers of requests filed there, too (`BuildingGuest`).
        """
        if actor.system or actor.is_staff:
            return self
        public = models.Q(status=Building.Status.VERIFIED)
        if actor.organization is None:
            return self.filter(public)
        own = models.Q(added_by_id=actor.organization_id)
        if actor.kind == OrganizationKind.PROVIDER:
            shown = BuildingGuest.objects.filter(organization_id=actor.organization.pk)
            own |= models.Q(pk__in=shown.values("building_id"))
        return self.filter(public | (own & models.Q(status=Building.Status.PENDING)))

    def standing(self) -> Self:
        """Those that are houses: not merged into another, and not refused.

        By what they are not: a condition that no index serves leaves the plan to those that do.
        """
        return self.exclude(status__in=[Building.Status.MERGED, Building.Status.REFUSED])

    def waiting(self) -> Self:
        """Those that somebody must look at."""
        return self.filter(status=Building.Status.PENDING)


class Building(models.Model):
    """A building (дом, корпус) with coordinates."""

    class Status(models.TextChoices):
        VERIFIED = "VERIFIED", _("Verified")
        PENDING = "PENDING", _("Awaits verification")
        MERGED = "MERGED", _("Merged")
        REFUSED = "REFUSED", _("Refused")

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    city = models.ForeignKey(City, models.PROTECT, related_name="buildings")
    street = models.ForeignKey(
        Street, models.PROTECT, related_name="buildings", null=True, blank=True
    )
    number = models.CharField(_("number"), max_length=HOUSE_LENGTH)
    fias_id = models.CharField(_("FIAS id"), max_length=36, null=True, blank=True, unique=True)
    postal_code = models.CharField(_("postal code"), max_length=6, blank=True)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    # H3 cell of resolution `locations.geometry.CELL_RESOLUTION`.
    cell = models.BigIntegerField(_("H3 cell"), db_index=True, editable=False)
    entrances = models.PositiveSmallIntegerField(_("entrances"), null=True, blank=True)
    floors = models.PositiveSmallIntegerField(_("floors"), null=True, blank=True)
    units_count = models.PositiveIntegerField(_("units"), null=True, blank=True)
    is_private_house = models.BooleanField(_("private house"), default=False)
    # Written out once: "Казань, ул Чистопольская, д 12".
    address = models.CharField(_("address"), max_length=300)
    # Folded "street number": what suggestions search, in a city or in all.
    search_key = KeyField(max_length=250, editable=False)
    # `City.rank`, kept here so that one index gives suggestions in their order.
    city_rank = models.IntegerField(default=0, editable=False)
    # Type, street and number while verified, NULL otherwise: a unique key that MariaDB keeps too.
    verified_key = KeyField(max_length=300, null=True, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.VERIFIED
    )
    added_by = models.ForeignKey(
        "users.Organization", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged"
    )
    # Filled by services when a building or an outline changes (`locations.services.districts`).
    district = models.ForeignKey(
        District, models.SET_NULL, null=True, blank=True, related_name="buildings"
    )
    # Why it was refused, or what whoever decided had to say.
    decision = models.CharField(_("reason"), max_length=300, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    created_at = models.DateTimeField(_("added"))

    objects = BuildingQuerySet.as_manager()

    class Meta:
        verbose_name = _("building")
        verbose_name_plural = _("buildings")
        constraints = [
            # One row for one house: imports and people that add it twice meet here.
            models.UniqueConstraint(fields=["city", "verified_key"], name="building_once"),
        ]
        indexes = [
            # Suggestions in all cities, the larger first; and within one city.
            models.Index(fields=["search_key", "city_rank"], name="building_search"),
            models.Index(fields=["city", "search_key"], name="building_city_search"),
            # What waits for verification, the oldest first.
            models.Index(fields=["status", "id"], name="building_status"),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def address_key(self) -> str:
        """What `verified_key` is, or will be once this is verified."""
        type_, street_key = (self.street.type, self.street.search_key) if self.street else ("", "")
        return addresses.verified_key(type_, street_key, self.number)

    def set_derived(self) -> None:
        """Fills what follows from city, street, number, coordinates and status."""
        street = self.street
        self.cell = cell_of(self.latitude, self.longitude)
        self.address = addresses.address_of(
            self.city.title, str(street) if street else "", self.number
        )
        self.search_key = addresses.building_key(street.search_key if street else "", self.number)
        self.city_rank = self.city.rank
        verified = self.status == self.Status.VERIFIED
        self.verified_key = self.address_key if verified else None


class BuildingGuest(models.Model):
    """An organization that sees a building before it is verified: the provider of a request there.

    Rows go when the building is verified, merged or refused.
    """

    building = models.ForeignKey(Building, models.CASCADE, related_name="guests")
    organization = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("guest of a building")
        verbose_name_plural = _("guests of buildings")
        constraints = [
            # Serves "what am I shown?": by organization first.
            models.UniqueConstraint(fields=["organization", "building"], name="building_guest"),
        ]

    def __str__(self) -> str:
        return f"{self.building_id}: {self.organization_id}"


class Unit(models.Model):
    """A flat, an office, a shop; a private house has one, with an empty number."""

    building = models.ForeignKey(Building, models.PROTECT, related_name="units")
    number = models.CharField(_("unit"), max_length=UNIT_LENGTH, blank=True)
    entrance = models.PositiveSmallIntegerField(_("entrance"), null=True, blank=True)
    floor = models.SmallIntegerField(_("floor"), null=True, blank=True)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        constraints = [
            models.UniqueConstraint(fields=["building", "number"], name="unit_once"),
        ]

    def __str__(self) -> str:
        return self.number
