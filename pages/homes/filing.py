"""Homes of those who file for clients: agencies and builders."""

from django.utils.translation import gettext as _

from core.actor import Actor
from pages.homes import tiles
from pages.homes.attention import attention_of
from pages.homes.figures import figures_of
from pages.homes.home import Home, Welcome
from pages.homes.requests import capped
from subscriptions.rights import earns_commission, may_file


def filing_home(actor: Actor) -> Home:
    """Address field, what needs attention, how the month goes. At most five queries."""
    figures = figures_of(actor)
    if figures.is_new:
        return Home(asks_address=may_file(actor), welcome=_welcome(actor))
    attention = attention_of(actor)
    shown = [
        tiles.attention_tile(attention),
        tiles.in_work_tile(figures),
        tiles.overdue_tile(
            capped(attention.overdue),
            figures,
            tiles.list_url(group="overdue"),
            is_late=attention.overdue > 0,
        ),
        tiles.risk_tile(attention.at_risk),
        tiles.connected_tile(figures),
    ]
    if earns_commission(actor):
        shown.append(tiles.commission_tile(figures))
    return Home(
        asks_address=may_file(actor),
        tiles=shown,
        panels=[tiles.attention_panel(attention), tiles.funnel_panel(figures)],
    )


def _welcome(actor: Actor) -> Welcome:
    if not may_file(actor):
        return Welcome(
            _("Nothing has been filed yet"),
            _("When your colleagues file requests, you will follow them here."),
        )
    return Welcome(
        _("File your first request"),
        _("Type a client's address: what can be connected there comes up at once, with prices."),
    )
