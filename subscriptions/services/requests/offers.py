"""Whether what was chosen can be connected at the address today."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError
from locations.models import Building
from subscriptions.models import Plan
from subscriptions.selectors.availability import Option, answer


def offered_here(actor: Actor, building: Building, plans: Sequence[str]) -> list[Option]:
    """The options of `plans` (public ids) that can be filed in the building, in the answer's order.

    Raises DomainError with field "plans" when there are none, or naming those that cannot.
    """
    wanted = set(plans)
    chosen = [
        option for option in answer(building, actor=actor).chosen(wanted) if option.can_be_filed
    ]
    missing = wanted - {option.plan for option in chosen}
    if missing:
        raise DomainError(not_offered(missing), field="plans")
    if not chosen:
        raise DomainError(_("Choose at least one plan."), field="plans")
    return chosen


def not_offered(plans: set[str]) -> str:
    """A sentence that names plans (public ids) which cannot be connected any more."""
    names = Plan.objects.filter(public_id__in=plans, provider__is_active=True).values_list(
        "name", "provider__name"
    )
    written = ", ".join(sorted(f"«{name}» ({provider})" for name, provider in names))
    if not written:
        return _("A plan that was chosen is no longer on sale. Choose again.")
    return _("Not connected at this address any more: %(plans)s. Choose again.") % {
        "plans": written
    }


def plans_of(options: Sequence[Option]) -> list[Plan]:
    """The rows of the options, in their order."""
    rows = Plan.objects.select_related("provider", "category").in_bulk(
        [option.plan_id for option in options]
    )
    return [rows[option.plan_id] for option in options if option.plan_id in rows]
