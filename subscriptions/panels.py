"""What this app adds to the frame: sections of the rail, and the badges of its states."""

from django.utils.translation import gettext_lazy as _

from core.badges import Badge, register_badges, register_workflow
from core.choices import OrganizationKind
from core.navigation import Section, register
from subscriptions import (
    attention,  # noqa: F401 - registers its figures
    centre_panels,  # noqa: F401
    change_panels,  # noqa: F401 - contributes to pages of requests
    coverage_panels,  # noqa: F401 - contributes to pages of coverage
    deadline_panels,  # noqa: F401 - contributes to homes
    filing_panels,  # noqa: F401
    lead_panels,  # noqa: F401
    request_panels,  # noqa: F401 - the list that people arrange
    team_panels,  # noqa: F401 - contributes to the page of a team
    usage_panels,  # noqa: F401
    visit_panels,  # noqa: F401 - the section of visits, and the panel of a request
)
from subscriptions.choices import BundleState, SaleState, SubscriptionState, WatchState
from subscriptions.effects import EFFECT_BADGES
from subscriptions.models import Commission
from subscriptions.request_workflow import REQUEST_WORKFLOW
from subscriptions.rights import FILING_KINDS, PORTFOLIO_KINDS
from subscriptions.selectors import familiar  # noqa: F401 - says where organizations work

register(
    Section(
        "availability",
        _("Availability"),
        "map-search",
        "availability",
        order=10,
        kinds=FILING_KINDS,
        phone=True,
        staff=True,
    )
)
register(Section("map", _("Map"), "map", "map", order=15, staff=True))
register(
    Section(
        "clients", _("Clients"), "users", "client_list", order=40, kinds=PORTFOLIO_KINDS, phone=True
    )
)
register(
    Section(
        "plans",
        _("Plans"),
        "tags",
        "plan_list",
        order=50,
        kinds=frozenset({OrganizationKind.PROVIDER}),
    )
)

register(
    Section(
        "deadlines",
        _("Deadlines"),
        "clock-cog",
        "deadline_rules",
        order=55,
        kinds=frozenset({OrganizationKind.PROVIDER}),
    )
)

_SALE = {
    SaleState.ON_SALE: ("good", "circle-check"),
    SaleState.LATER: ("info", "calendar"),
    SaleState.OVER: ("stopped", "calendar-off"),
    SaleState.HIDDEN: ("neutral", "eye-off"),
}
register_badges(
    "plan", {state: Badge(state.label, tone, icon) for state, (tone, icon) in _SALE.items()}
)

register(
    Section(
        "requests", _("Requests"), "list-check", "request_list", order=20, phone=True, staff=True
    )
)
register(
    Section(
        "subscriptions",
        _("Subscriptions"),
        "plug-connected",
        "subscription_list",
        order=30,
        phone=True,
        staff=True,
    )
)
register(
    Section(
        "commissions",
        _("Commissions"),
        "coins",
        "commission_list",
        order=60,
        kinds=frozenset({OrganizationKind.AGENCY, OrganizationKind.PROVIDER}),
    )
)
register(
    Section(
        "request_setup",
        _("Set-up of requests"),
        "forms",
        "request_setup",
        order=65,
        kinds=frozenset({OrganizationKind.PROVIDER}),
    )
)
register_badges(
    "watch",
    {
        WatchState.UNCONFIRMED: Badge(WatchState.UNCONFIRMED.label, "neutral", "mail"),
        WatchState.WAITING: Badge(WatchState.WAITING.label, "wait", "hourglass"),
        WatchState.TOLD: Badge(WatchState.TOLD.label, "good", "circle-check"),
        WatchState.CANCELLED: Badge(WatchState.CANCELLED.label, "stopped", "ban"),
        WatchState.EXPIRED: Badge(WatchState.EXPIRED.label, "stopped", "clock-x"),
    },
)
register_badges(
    "bundle",
    {
        BundleState.DRAFT: Badge(BundleState.DRAFT.label, "neutral", "file"),
        BundleState.IN_WORK: Badge(BundleState.IN_WORK.label, "info", "progress"),
        BundleState.DONE: Badge(BundleState.DONE.label, "good", "checks"),
        BundleState.PARTLY: Badge(BundleState.PARTLY.label, "wait", "progress-check"),
        BundleState.NONE: Badge(BundleState.NONE.label, "stopped", "ban"),
    },
)
register_workflow("request", REQUEST_WORKFLOW, EFFECT_BADGES)
register_badges(
    "commission",
    {
        Commission.Kind.ACCRUAL: Badge(Commission.Kind.ACCRUAL.label, "good", "coins"),
        Commission.Kind.REVERSAL: Badge(Commission.Kind.REVERSAL.label, "bad", "arrow-back-up"),
    },
)
register_badges(
    "subscription",
    {
        SubscriptionState.ACTIVE: Badge(SubscriptionState.ACTIVE.label, "good", "plug-connected"),
        SubscriptionState.SUSPENDED: Badge(
            SubscriptionState.SUSPENDED.label, "wait", "player-pause"
        ),
        SubscriptionState.ENDED: Badge(SubscriptionState.ENDED.label, "stopped", "plug-off"),
    },
)
