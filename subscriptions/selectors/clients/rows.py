"""The list of the portfolio: lean rows, and their tags with one query for the page."""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import QuerySet

from core.pagination import Page, paginate
from subscriptions.models import Client, ClientTag

_COLUMNS = (
    "id",
    "public_id",
    "name",
    "phone",
    "kind",
    "email",
    "consent_at",
    "consent_withdrawn_at",
    "created_at",
)
_TAGS = Client.tags.through


def client_rows(rows: QuerySet[Client], order: Sequence[str], cursor: str = "") -> Page:
    """A page of lean rows of clients visible to the reader, in `order`."""
    return paginate(rows.values_list(*_COLUMNS, named=True), order, cursor)


def tags_of_rows(page: Page, tags: Sequence[ClientTag]) -> dict[int, list[str]]:
    """Client id → names of its tags, in their order; `tags` are all of the portfolio's."""
    if not tags or not page.rows:
        return {}
    names = {tag.pk: tag.name for tag in tags}
    found: dict[int, list[str]] = defaultdict(list)
    links = _TAGS.objects.filter(client__in=[row.id for row in page.rows])
    linked = set(links.values_list("client_id", "clienttag_id"))
    for row in page.rows:
        for pk, name in names.items():
            if (row.id, pk) in linked:
                found[row.id].append(name)
    return found
