"""The cities that an organization's requests and clients are in (locations.selectors.familiar)."""

from collections.abc import Iterable

from core.choices import OrganizationKind
from locations.selectors.familiar import LATEST, knows_cities
from subscriptions.models import Client, ClientAddress, ConnectionRequest
from users.models import Organization

_COLUMNS = ConnectionRequest.objects.all().party_columns


@knows_cities(order=10)
def of_requests(organization: Organization) -> Iterable[int]:
    """Where its latest requests are, on whichever side of them it stands."""
    column = _COLUMNS.get(OrganizationKind(organization.kind))
    if column is None:
        return []
    rows = ConnectionRequest.objects.filter(**{f"{column}_id": organization.pk})
    return rows.order_by("-id").values_list("city_id", flat=True)[:LATEST]


@knows_cities(order=20)
def of_clients(organization: Organization) -> Iterable[int]:
    """Where its latest clients live."""
    clients = Client.objects.filter(owner=organization).order_by("-id")
    ids = list(clients.values_list("pk", flat=True)[:LATEST])
    rows = ClientAddress.objects.filter(client_id__in=ids)
    return rows.values_list("unit__building__city_id", flat=True)
