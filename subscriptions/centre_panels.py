"""Badges of the centre of subscriptions, and what it adds to homes of holders."""

from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from core.actor import Actor
from core.badges import Badge, register_badges
from core.parts.text import money
from core.registry import Tile, contributes
from subscriptions.centre_rights import HOLDING_KINDS
from subscriptions.choices import FindingState, PriceChangeState
from subscriptions.models import Finding, Holding
from subscriptions.models.teams import works_at_places
from subscriptions.selectors.centre.spend import today_of, totals_by_month

_STATES = {
    PriceChangeState.PREPARING: ("wait", "hourglass"),
    PriceChangeState.ANNOUNCED: ("info", "calendar"),
    PriceChangeState.APPLIED: ("good", "circle-check"),
    PriceChangeState.WITHDRAWN: ("stopped", "ban"),
}
register_badges(
    "price_change",
    {state: Badge(state.label, tone, icon) for state, (tone, icon) in _STATES.items()},
)


@contributes("home.tiles", order=40, kinds=HOLDING_KINDS)
def spend_tile(actor: Actor, subject: None) -> Tile | None:
    """What this month costs, against the last, with the line of a year."""
    this = today_of(actor).replace(day=1)
    past = [(first, amount) for first, amount in totals_by_month(actor) if first <= this]
    if not any(amount for _first, amount in past):
        return None
    now, before = past[-1][1], past[-2][1]
    return Tile(
        _("Spend this month"),
        money(now),
        url=reverse("spend"),
        spark=[amount for _first, amount in past],
        note=_("%(before)s in the month before") % {"before": money(before)} if before else "",
    )


@contributes("home.tiles", order=42, kinds=HOLDING_KINDS)
def findings_tile(actor: Actor, subject: None) -> Tile | None:
    """What could be saved; of a team's places alone where one is bound to them."""
    if not works_at_places(actor):
        holding = Holding.objects.visible_to(actor).only("findings").first()
        if holding is None or not holding.findings:
            return None
    best = (
        Finding.objects.visible_to(actor)
        .filter(state=FindingState.OPEN)
        .order_by("-saving_year", "-id")
        .values_list("saving_year", flat=True)[:100]
    )
    savings = list(best)
    if not savings:
        return None
    return Tile(
        _("Could be saved in a year"),
        money(sum(savings, Decimal(0))),
        url=reverse("finding_list"),
        note=_("findings: %(count)s") % {"count": len(savings)},
        tone="good",
    )
