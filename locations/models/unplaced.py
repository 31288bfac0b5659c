"""Houses of the state register that no map knows yet."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from locations import addresses
from locations.fields import KeyField
from locations.models.places import HOUSE_LENGTH, City, Street


class UnplacedHouse(models.Model):
    """A house of the register (ГАР) without coordinates, which a building must have.

    It waits until coordinates come in a file of buildings; then it becomes a `Building`
    (`locations.services.imports`). Nobody is shown it as an address until then
    (docs/decisions/005).
    """

    fias_id = models.CharField(_("FIAS id"), max_length=36, unique=True)
    city = models.ForeignKey(City, models.PROTECT, related_name="+")
    street = models.ForeignKey(Street, models.PROTECT, related_name="+", null=True, blank=True)
    number = models.CharField(_("number"), max_length=HOUSE_LENGTH)
    postal_code = models.CharField(_("postal code"), max_length=6, blank=True)
    # What `Building.verified_key` will be.
    address_key = KeyField(max_length=300, editable=False)
    created_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("house without coordinates")
        verbose_name_plural = _("houses without coordinates")
        indexes = [
            # A building that is added or imported takes its FIAS id from here.
            models.Index(fields=["city", "address_key"], name="unplaced_address"),
        ]

    def __str__(self) -> str:
        street = str(self.street) if self.street else ""
        return addresses.address_of(self.city.title, street, self.number)

    def set_derived(self) -> None:
        type_, street_key = (self.street.type, self.street.search_key) if self.street else ("", "")
        self.address_key = addresses.verified_key(type_, street_key, self.number)
