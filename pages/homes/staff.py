"""The home of staff who act for no organization: what failed, what is late, who waits for them."""

from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, StaffScope
from core.models import Delivery, Job
from core.parts.text import grouped
from core.registry import Column, Panel, Tile
from pages.homes.home import Home
from pages.homes.requests import ROWS_SHOWN, capped, first_rows
from subscriptions.models import ConnectionRequest
from users.models import Organization
from users.selectors.support_access import organizations_that_let_in

# Who receives nobody's data and publishes nothing until staff have verified it (DOMAIN.md).
VERIFIED_KINDS = (OrganizationKind.PROVIDER, OrganizationKind.BUILDER)
FAILED_CAP = 1_000


def staff_home(actor: Actor) -> Home:
    """For administrators at most seven queries; others see what their scope lets them work on."""
    if actor.staff == StaffScope.CONTENT:
        return Home(panels=[Panel("site", _("The site"), "pages/panels/site.html")])
    if actor.staff == StaffScope.SUPPORT:
        return Home(panels=[_lets_in(actor)])
    if not actor.is_admin:
        return Home(panels=[_in_charge(actor)])
    late = _late_of_unclaimed(actor)
    waiting = _awaiting_verification()
    return Home(
        tiles=[*_failed_tiles(), _waiting_tile(waiting)],
        panels=[late, _verification(waiting)],
    )


def _failed_tiles() -> list[Tile]:
    url = reverse("staff_failed")
    counts = [
        (_("Failed jobs"), Job.objects.filter(state=Job.State.FAILED)),
        (_("Messages not delivered"), Delivery.objects.filter(state=Delivery.State.FAILED)),
    ]
    return [_failed_tile(label, rows[: FAILED_CAP + 1].count(), url) for label, rows in counts]


def _failed_tile(label: str, count: int, url: str) -> Tile:
    return Tile(label, capped(count), url=url, tone="bad" if count else "")


def _awaiting_verification() -> list[Organization]:
    rows = Organization.objects.filter(
        kind__in=VERIFIED_KINDS, verified_at__isnull=True, is_claimed=True, is_active=True
    )
    return list(rows.order_by("created_at", "pk")[:FAILED_CAP])


def _waiting_tile(waiting: list[Organization]) -> Tile:
    return Tile(_("Await verification"), grouped(len(waiting)), tone="wait" if waiting else "")


def _verification(waiting: list[Organization]) -> Panel:
    return Panel(
        "verification",
        _("Await verification"),
        "pages/panels/verification.html",
        {"rows": waiting[:ROWS_SHOWN]},
        url=f"{reverse('admin:users_organization_changelist')}?verified_at__isnull=True"
        if len(waiting) > ROWS_SHOWN
        else "",
        column=Column.ASIDE,
    )


def _late_of_unclaimed(actor: Actor) -> Panel:
    """Requests that staff work, because their provider is not on the portal yet."""
    providers = Organization.objects.filter(kind=OrganizationKind.PROVIDER, is_claimed=False)
    late = ConnectionRequest.objects.filter(
        provider_id__in=list(providers.values_list("pk", flat=True)), due_at__lt=clock.now()
    )
    return Panel(
        "late",
        _("Late, of providers not on the portal"),
        "pages/panels/queue.html",
        {"rows": first_rows(actor, late.order_by("due_at", "id"))},
    )


def _in_charge(actor: Actor) -> Panel:
    organizations = Organization.objects.visible_to(actor).filter(is_active=True)
    return Panel(
        "charge",
        _("Organizations in your charge"),
        "pages/panels/charge.html",
        {"rows": list(organizations[:FAILED_CAP])},
        url=reverse("staff_organizations"),
    )


def _lets_in(actor: Actor) -> Panel:
    """Support works where it is let in: each organization once, by name."""
    organizations = organizations_that_let_in(actor.user).order_by("search_name")
    return Panel(
        "lets_in",
        _("They let support in"),
        "pages/panels/lets_in.html",
        {"rows": list(organizations[:ROWS_SHOWN])},
        url=reverse("staff_organizations"),
    )
