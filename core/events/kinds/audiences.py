"""Who is told what: the sides of an event, and shorthands for their fields."""

from core.choices import PartyRole

OWNER, PROVIDER, HOLDER = PartyRole.OWNER, PartyRole.PROVIDER, PartyRole.HOLDER
EITHER_SIDE = frozenset({OWNER, PROVIDER})


def everyone(*fields: str) -> dict[PartyRole, frozenset[str]]:
    return dict.fromkeys(PartyRole, frozenset(fields))


def owner(*fields: str) -> dict[PartyRole, frozenset[str]]:
    return {OWNER: frozenset(fields)}
