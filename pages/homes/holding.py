"""Homes of those who hold services themselves: companies and private persons."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.actor import Actor
from core.parts.text import day_in_words, grouped, money
from core.registry import Column, Panel, Tile
from pages.homes import tiles
from pages.homes.attention import Attention, attention_of
from pages.homes.figures import figures_of
from pages.homes.home import Home, Welcome
from pages.homes.requests import ROWS_SHOWN, newest_ids
from subscriptions.choices import SubscriptionState
from subscriptions.models import Subscription
from subscriptions.models.teams import works_at_places
from subscriptions.rights import may_file
from subscriptions.selectors.centre.held import ENDING_DAYS, HeldFigures, held_figures


def holding_home(actor: Actor) -> Home:
    """What is in force, what it costs a month, what is under way. At most seven queries."""
    held = held_figures(actor)
    figures = figures_of(actor)
    if figures.is_new and not held.count:
        return Home(asks_address=may_file(actor), welcome=_welcome(actor))
    attention = attention_of(actor, beside=newest_ids(actor))
    panels = [_requests(attention), _subscriptions(actor)]
    if attention.rows:
        panels.insert(0, tiles.attention_panel(attention))
    # The figures are the whole company's: a team that sees its places alone is not told them.
    in_work = [] if works_at_places(actor) else [tiles.in_work_tile(figures)]
    return Home(
        asks_address=may_file(actor),
        tiles=[*_held_tiles(held), *in_work, tiles.attention_tile(attention)],
        panels=panels,
    )


def _held_tiles(held: HeldFigures) -> list[Tile]:
    url = reverse("subscription_list")
    found = [
        Tile(
            _("Services in force"),
            grouped(held.count),
            url=url,
            note=_("%(price)s a month") % {"price": money(held.monthly)},
        )
    ]
    if held.ending and held.first_end is not None:
        first = day_in_words(held.first_end, clock.today())
        found.append(
            Tile(
                _("Terms end within 30 days"),
                grouped(held.ending),
                url=f"{url}?term_within={ENDING_DAYS}",
                note=_("the first: %(day)s") % {"day": first},
                tone="wait",
            )
        )
    return found


def _subscriptions(actor: Actor) -> Panel:
    held = Subscription.objects.visible_to(actor).filter(state=SubscriptionState.ACTIVE)
    rows = held.order_by("-id").select_related("plan", "provider", "building", "unit")[:ROWS_SHOWN]
    return Panel(
        "subscriptions",
        gettext_lazy("Services in force"),
        "pages/panels/subscriptions.html",
        {"rows": list(rows)},
        url=reverse("subscription_list"),
        column=Column.ASIDE,
    )


def _requests(attention: Attention) -> Panel:
    return Panel(
        "requests",
        gettext_lazy("Requests"),
        "pages/panels/requests.html",
        {"rows": attention.beside},
        url=reverse("request_list"),
    )


def _welcome(actor: Actor) -> Welcome:
    if not may_file(actor):
        return Welcome(
            _("No services yet"),
            _("What is connected for your organization will be listed here."),
        )
    return Welcome(
        _("Get your first service connected"),
        _("Type your address, choose what you need, and file. You will follow it here."),
    )
