"""The catalogue of events: all that can happen, and what each side is told of it.

This list is the webhook catalogue too. A name is `noun.verb_in_past`; its meaning never changes.
"""

from core.events.kinds import (
    catalogue,
    centre,
    changes,
    clients,
    deadlines,
    filing,
    leads,
    outcomes,
    people,
    places,
    request_page,
    requests,
    support,
    usage,
    visits,
    watches,
    working,
)

_PARTS = (
    people,
    places,
    watches,
    catalogue,
    clients,
    leads,
    request_page,
    filing,
    requests,
    deadlines,
    visits,
    outcomes,
    changes,
    working,
    centre,
    usage,
    support,
)

CATALOGUE = {declared.name: declared for part in _PARTS for declared in part.KINDS}
