"""The catalogue of events: all that can happen, and what each side is told of it.

This list is the webhook catalogue too. A name is `noun.verb_in_past`; its meaning never changes.
"""

from core.events.kinds import (
    catalogue,
    clients,
    leads,
    outcomes,
    people,
    places,
    requests,
    usage,
    watches,
)

_PARTS = (
    people,
    places,
    watches,
    catalogue,
    clients,
    leads,
    requests,
    outcomes,
    usage,
)

CATALOGUE = {declared.name: declared for part in _PARTS for declared in part.KINDS}
