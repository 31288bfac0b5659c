"""How events of coverage are told: which zone or building they are about, and in which words."""

from collections.abc import Collection

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.notifications import Subject, Telling, presenter, sentence
from locations.models import BuildingCoverage, CoverageZone

ZONE, BUILDING = (model._meta.label_lower for model in (CoverageZone, BuildingCoverage))


@presenter(ZONE)
def present_zones(ids: Collection[int]) -> dict[int, Subject]:
    rows = CoverageZone.objects.filter(pk__in=ids).values_list("pk", "public_id", "name")
    return {
        pk: Subject(
            _("zone “%(zone)s”") % {"zone": name}, reverse("coverage_zone", args=[public_id])
        )
        for pk, public_id, name in rows
    }


@presenter(BUILDING)
def present_statements(ids: Collection[int]) -> dict[int, Subject]:
    rows = BuildingCoverage.objects.filter(pk__in=ids).values_list("pk", "building__address")
    return {
        pk: Subject(address, reverse("coverage_building_edit", args=[pk])) for pk, address in rows
    }


@sentence("coverage.contradicted")
def contradicted(telling: Telling) -> str:
    count = int(telling.data.get("refusals", 0))
    return ngettext(
        "You offer connection here and have refused %(count)s request: confirm or change it",
        "You offer connection here and have refused %(count)s requests: confirm or change it",
        count,
    ) % {"count": count}
