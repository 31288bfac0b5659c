"""What use adds to the frame and to the page of a subscription."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.badges import Badge, register_badges
from core.choices import OrganizationKind
from core.navigation import Section, register
from core.parts.charts import ChartRow
from core.registry import Column, Panel, contributes
from subscriptions.choices import ReadingState
from subscriptions.models import Subscription
from subscriptions.selectors.usage.subscription import alerts_of, history_of, knows_limits
from subscriptions.usage_limit_text import alert_in_words
from subscriptions.usage_rights import HOLDING_KINDS, knows_usage
from subscriptions.usage_rules import units_of
from subscriptions.usage_text import amount, month_of_year

MONTHS_SHOWN = 6

register(
    Section("usage", _("Use"), "chart-bar", "usage", order=35, kinds=HOLDING_KINDS, phone=True)
)
register(
    Section(
        "readings",
        _("Readings"),
        "gauge",
        "usage_doubtful",
        order=35,
        kinds=frozenset({OrganizationKind.PROVIDER}),
    )
)
register_badges(
    "reading",
    {
        ReadingState.ACCEPTED: Badge(ReadingState.ACCEPTED.label, "good", "circle-check"),
        ReadingState.DOUBTFUL: Badge(ReadingState.DOUBTFUL.label, "wait", "hourglass"),
        ReadingState.REFUSED: Badge(ReadingState.REFUSED.label, "bad", "circle-x"),
        ReadingState.SUPERSEDED: Badge(ReadingState.SUPERSEDED.label, "stopped", "edit"),
    },
)


@contributes("subscription.panels", order=40, staff=True)
def usage(actor: Actor, subscription: Subscription) -> Panel | None:
    """The last months, and what they passed; at most two queries."""
    if not knows_usage(actor, subscription) or not units_of(subscription.category.code):
        return None
    history = history_of(subscription)
    newest = sorted(history.by_month, reverse=True)[:MONTHS_SHOWN]
    now, ahead = history.this_month, history.expected
    shows_alerts = knows_limits(actor, subscription)
    return Panel(
        "usage",
        _("Use"),
        "subscriptions/usage/panel.html",
        {
            "value": amount(now.amount, history.unit) if now else "",
            "month": month_of_year(history.today),
            "ahead": amount(ahead[0], history.unit) if ahead and ahead[1] else "",
            "alerts": [alert_in_words(row) for row in alerts_of(subscription)]
            if shows_alerts
            else [],
            "rows": [
                ChartRow(
                    month_of_year(month),
                    history.by_month[month].amount,
                    amount(history.by_month[month].amount, history.unit),
                )
                for month in newest
            ],
            "url": reverse("subscription_usage", args=[subscription.number]),
        },
        column=Column.ASIDE,
    )
