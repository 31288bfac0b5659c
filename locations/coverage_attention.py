"""What of a provider's coverage asks to be looked at: a figure for account managers."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from core.attention import Organizations, attention, of_kinds
from core.choices import OrganizationKind
from locations.models import BuildingCoverage, CoverageZone


@attention(
    "contradicted",
    _("Coverage refused"),
    weight=10,
    order=40,
    page="coverage_list",
    query="standing=contradicted",
)
def contradicted(organizations: Organizations, now: datetime) -> Mapping[int, int]:
    """Statements that refusals contradict, neither changed nor confirmed since."""
    ids = of_kinds(organizations, OrganizationKind.PROVIDER)
    found: Counter[int] = Counter()
    if not ids:
        return found
    for model in (CoverageZone, BuildingCoverage):
        rows = model.objects.contradicted().filter(provider_id__in=ids).order_by()
        found.update(dict(rows.values_list("provider_id").annotate(Count("pk"))))
    return found
