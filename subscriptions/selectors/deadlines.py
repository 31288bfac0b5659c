"""What a provider has set for its deadlines: one lean read, at every move of a request."""

from django.db.models import Exists, OuterRef, Q

from core.actor import Actor
from core.prepared_rows import PreparedRows
from locations.models import ServiceCategory
from subscriptions.deadline_terms import DEFAULT_WARNINGS, Terms, Warnings
from subscriptions.models import Plan
from users.models import Organization

_POLICY = ("warn_by", "warn_left", "managers_after", "account_manager_after")
# A row for each rule, the policy repeated: one statement for both. A provider has some dozens.
_TERMS = PreparedRows(
    lambda provider: (
        Organization.objects.filter(pk=provider)
        .order_by()
        .values_list(
            *(f"deadline_policy__{name}" for name in _POLICY),
            "deadline_rules__category_id",
            "deadline_rules__state",
            "deadline_rules__hours",
        )
    )
)


def terms_of(provider_id: int) -> Terms:
    """The deadlines and warnings of a provider; one query, never from a cache."""
    rows = _TERMS.fetch(provider=provider_id)
    hours = {
        (category_id, state): allowed
        for *_policy, category_id, state, allowed in rows
        if allowed is not None
    }
    warn_by, warn_left, managers, account_manager = rows[0][:4] if rows else (None,) * 4
    if warn_by is None:
        return Terms(hours, DEFAULT_WARNINGS)
    return Terms(hours, Warnings(warn_by, warn_left, managers, account_manager))


def categories_for_deadlines(actor: Actor, terms: Terms) -> list[ServiceCategory]:
    """The categories that the actor's organization, a provider, has plans or deadlines in."""
    ruled = {category_id for category_id, _state in terms.hours if category_id is not None}
    plans = Plan.objects.filter(provider_id=actor.organization_id, category=OuterRef("pk"))
    rows = ServiceCategory.objects.filter(Q(pk__in=ruled) | Exists(plans))
    return list(rows.order_by("position", "code"))
