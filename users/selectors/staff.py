"""The organizations that staff look after, the most urgent first."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from core.actor import Actor
from core.attention import Figure, figures
from core.choices import StaffScope
from core.models import Attention
from core.pagination import Page, paginate
from users.models import AccountManagement, Organization, SupportAccess
from users.selectors.support_access import leaves_for, organizations_that_let_in

ORDERS = {"-urgency": ["-urgency", "organization_id"], "active": ["active_at", "organization_id"]}


@dataclass(frozen=True, slots=True)
class Line:
    """One organization of the list. `access` is the leave by which the reader may enter it."""

    organization: Organization
    figures: list[tuple[Figure, int]]
    active_at: Any
    managers: list[str]
    access: SupportAccess | None


def attention_rows(actor: Actor) -> QuerySet[Attention]:
    """Administrators see all organizations, account managers theirs, support who lets it in."""
    rows = Attention.objects.filter(organization__is_active=True).select_related("organization")
    if actor.is_admin:
        return rows
    if actor.staff == StaffScope.ACCOUNT_MANAGER:
        return rows.filter(organization__account_managers__user=actor.user)
    return rows.filter(organization_id__in=organizations_that_let_in(actor.user).values("pk"))


def page_of_attention(
    actor: Actor, rows: QuerySet[Attention], sort: str, cursor: str
) -> tuple[Page, list[Line]]:
    """A page and its lines; three queries, whatever its length."""
    page = paginate(rows, ORDERS[sort], cursor)
    ids = [row.organization_id for row in page.rows]
    entries = leaves_for(actor.user, ids)
    managers = _managers_of(ids) if actor.is_admin else {}
    shown = figures_for(actor)
    lines = [
        Line(
            row.organization,
            [(figure, row.figures.get(figure.name, 0)) for figure in shown],
            row.active_at,
            managers.get(row.organization_id, []),
            entries.get(row.organization_id),
        )
        for row in page.rows
    ]
    return page, lines


def figures_for(actor: Actor) -> list[Figure]:
    """Support is let in to help, not to look after: it sees who lets it in, and no figures."""
    return [] if actor.staff == StaffScope.SUPPORT else figures()


def _managers_of(organization_ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = AccountManagement.objects.filter(organization_id__in=organization_ids)
    for row in rows.select_related("user").order_by("pk"):
        found.setdefault(row.organization_id, []).append(str(row.user))
    return found
