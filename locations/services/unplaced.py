"""Houses of the register that get their coordinates one by one."""

from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import Conflict
from locations.models import Building, UnplacedHouse
from locations.services.buildings import check_point
from locations.services.imports.building_batch import Batch, Fate
from locations.services.imports.building_rows import House
from locations.services.imports.writing import in_transaction
from locations.services.rights import require_keeper


def place_house(
    actor: Actor, house: UnplacedHouse, *, latitude: float, longitude: float
) -> Building:
    """Makes a verified building of a house that waited, or completes the one that stands there.

    For geocoders: degrees, WGS 84. Raises Forbidden, DomainError for a point that is none, and
    Conflict where another house stands at that point: a person must decide.
    """
    require_keeper(actor)
    check_point(latitude, longitude)
    values: dict[str, object] = {
        "number": house.number,
        "fias_id": house.fias_id,
        "postal_code": house.postal_code,
        "latitude": latitude,
        "longitude": longitude,
        "entrances": None,
        "floors": None,
        "units_count": None,
    }
    stated = House(0, [], house.city, house.street, has_type=True, values=values)

    def write() -> Building:
        batch = Batch(actor, [stated], keeps=True, adds_doubtful=False)
        [verdict] = batch.decide()
        if verdict.building is None or verdict.fate in (Fate.BAD, Fate.DOUBTFUL):
            raise Conflict(verdict.reason or _("Another house stands at this point."))
        batch.store()
        # Also where the building had its FIAS id already.
        UnplacedHouse.objects.filter(fias_id=house.fias_id).delete()
        return verdict.building

    return in_transaction(write)
