"""Badges of the centre of subscriptions."""

from core.badges import Badge, register_badges
from subscriptions.choices import PriceChangeState

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
