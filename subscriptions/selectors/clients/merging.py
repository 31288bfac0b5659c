"""What merging a duplicate will move."""

from django.utils.translation import gettext as _

from core.parts.rows import Fact
from subscriptions.models import Client


def what_moves(duplicate: Client) -> list[Fact]:
    """How many of each; what there is none of is left out."""
    counts = [
        (_("Requests"), duplicate.requests.count()),
        (_("Subscriptions"), duplicate.subscriptions.count()),
        (_("Addresses"), duplicate.addresses.count()),
        (_("Tags"), ", ".join(duplicate.tags.values_list("name", flat=True))),
        (_("Leads"), duplicate.leads.count()),
    ]
    return [Fact(label, value) for label, value in counts if value]
