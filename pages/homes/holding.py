"""Homes of those who hold services themselves: companies and private persons."""

from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.actor import Actor
from core.parts.text import day_in_words, grouped, money
from core.prepared_rows import NamedRows
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
from subscriptions.selectors.centre.home import TERMS_DAYS, HolderFigures, holder_figures
from subscriptions.selectors.centre.rows import SUMMED

_COLUMNS = (
    "number",
    "price",
    "currency",
    "plan__name",
    "provider__name",
    "building__address",
    "unit__number",
)
_NEWEST = NamedRows(
    _COLUMNS,
    lambda holder: Subscription.objects.filter(
        holder_id=holder, state=SubscriptionState.ACTIVE
    ).order_by("-id")[:ROWS_SHOWN],
)


def holding_home(actor: Actor) -> Home:
    """What is in force, what it costs a month, what is under way. At most nine queries."""
    held = Subscription.objects.visible_to(actor).filter(state=SubscriptionState.ACTIVE)
    spend = holder_figures(actor)
    totals = _totals(held, spend)
    figures = figures_of(actor)
    if figures.is_new and not totals["count"]:
        return Home(asks_address=may_file(actor), welcome=_welcome(actor))
    attention = attention_of(actor, beside=newest_ids(actor))
    panels = [_requests(attention), _subscriptions(actor, held)]
    if attention.rows:
        panels.insert(0, tiles.attention_panel(attention))
    # The figures are the whole company's: a team that sees its places alone is not told them.
    in_work = [] if works_at_places(actor) else [tiles.in_work_tile(figures)]
    return Home(
        asks_address=may_file(actor),
        tiles=[
            *_held_tiles(totals),
            *in_work,
            tiles.attention_tile(attention),
            *_cost_tiles(spend),
        ],
        panels=panels,
    )


def _totals(held: QuerySet[Subscription], spend: HolderFigures | None) -> dict[str, Any]:
    """How many services are in force, and what they cost a month.

    Few are added up as they stand; of many what was counted last is said, seconds behind.
    """
    if spend is not None and (spend.count or 0) > SUMMED:
        return {"count": spend.count, "monthly": spend.monthly}
    return (
        held.order_by()
        .values("price")[:SUMMED]
        .aggregate(count=Count("price"), monthly=Sum("price"))
    )


def _held_tiles(totals: dict[str, Any]) -> list[Tile]:
    url = reverse("subscription_list")
    return [
        Tile(
            _("Services in force"),
            grouped(totals["count"]),
            url=url,
            note=_("%(price)s a month") % {"price": money(totals["monthly"] or Decimal(0))},
        ),
    ]


def _cost_tiles(figures: HolderFigures | None) -> list[Tile]:
    """Spend with the line of a year, terms that end soon, what could be saved; what there is."""
    if figures is None:
        return []
    now, before = figures.months[-1], figures.months[-2]
    found = []
    if any(figures.months):
        note = _("%(before)s in the month before") % {"before": money(before)} if before else ""
        found.append(
            Tile(
                _("Spend this month"),
                money(now),
                url=reverse("spend"),
                spark=figures.months,
                note=note,
            )
        )
    if figures.first_term is not None:
        first = day_in_words(figures.first_term, clock.today())
        found.append(
            Tile(
                _("Terms end within 30 days"),
                grouped(figures.terms),
                url=f"{reverse('subscription_list')}?term_within={TERMS_DAYS}",
                note=_("the first: %(day)s") % {"day": first},
                tone="wait",
            )
        )
    if figures.findings:
        found.append(
            Tile(
                _("Could be saved in a year"),
                money(figures.saving),
                url=reverse("finding_list"),
                note=_("findings: %(count)s") % {"count": figures.findings},
                tone="good",
            )
        )
    return found


def _subscriptions(actor: Actor, held: QuerySet[Subscription]) -> Panel:
    rows = (
        held.order_by("-id").values_list(*_COLUMNS, named=True)[:ROWS_SHOWN]
        if works_at_places(actor)
        else _NEWEST.fetch(holder=actor.organization_id)
    )
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
