"""The first page of the cabinet: one selector per kind of organization, and what apps add to it."""

from collections.abc import Callable
from dataclasses import replace

from core.actor import Actor
from core.choices import OrganizationKind
from core.registry import gather
from pages.homes.filing import filing_home
from pages.homes.holding import holding_home
from pages.homes.home import Home
from pages.homes.provider import provider_home
from pages.homes.staff import staff_home

_BY_KIND: dict[OrganizationKind, Callable[[Actor], Home]] = {
    OrganizationKind.AGENCY: filing_home,
    OrganizationKind.BUILDER: filing_home,
    OrganizationKind.PROVIDER: provider_home,
    OrganizationKind.COMPANY: holding_home,
    OrganizationKind.PERSON: holding_home,
}


def home_of(actor: Actor) -> Home | None:
    """The home of the actor's organization or of staff; None for someone without either."""
    if actor.kind is not None:
        home = _BY_KIND[actor.kind](actor)
    elif actor.is_staff:
        home = staff_home(actor)
    else:
        return None
    urgent = gather("home.urgent", actor)
    if home.welcome:
        # Nothing has happened yet: what is to be done first stands alone.
        return replace(home, panels=urgent)
    return replace(
        home,
        tiles=[*home.tiles, *gather("home.tiles", actor)],
        panels=[*urgent, *home.panels, *gather("home.panels", actor)],
    )
