"""The terms of a request, and whether it may be filed: checked for a draft, and again at filing."""

from django.utils.translation import gettext as _

from core.errors import Conflict, DomainError
from locations.models import Unit
from subscriptions.choices import RequestKind
from subscriptions.models import Client, ConnectionRequest, Plan
from subscriptions.services.in_force.terms import (
    check_change,
    copy_change_terms,
    figures_of,
    hold_subscription,
)
from subscriptions.services.requests.duplicates import check_duplicates
from users.models import Organization


def copy_terms(request: ConnectionRequest) -> None:
    """Copies the plan's price, fee and rules: what comes of the request goes by them."""
    if request.kind != RequestKind.CONNECT:
        copy_change_terms(request)
        return
    plan = request.plan
    request.price = plan.price
    request.connection_fee = plan.connection_fee
    request.currency = plan.currency
    request.promised_days = plan.days_max
    request.commission_rule = plan.commission_rule
    request.commission_value = plan.commission_value
    request.clawback_days = plan.clawback_days
    request.exit_rule, request.exit_value = plan.exit_rule, plan.exit_value


def check_filing(request: ConnectionRequest) -> None:
    """Raises DomainError when a draft may not be filed as things are now.

    Locks the unit until the end of the transaction, so that of two drafts filed at once for one
    service the second finds the first. Whether the client agrees is asked at filing, when their
    data first goes to the provider.
    """
    check_consent(request.client)
    if request.kind != RequestKind.CONNECT:
        _check_change(request)
        return
    check_plans([request.plan], request.owner)
    Unit.objects.select_for_update().get(pk=request.unit_id)
    check_duplicates(request)


def _check_change(request: ConnectionRequest) -> None:
    """The same for a change, under the lock of what it changes: possible, at the figures shown."""
    request.subscription = hold_subscription(request.subscription_id)  # type: ignore[arg-type]
    check_change(request)
    shown = figures_of(request)
    copy_change_terms(request)
    if figures_of(request) != shown:
        raise Conflict(_("What it costs has changed: look at it once more before you file."))


def check_consent(client: Client | None) -> None:
    """Raises DomainError when the client has not agreed, or agrees no more."""
    if client is None or client.has_consent:
        return
    if client.consent_withdrawn_at is not None:
        raise DomainError(
            _(
                "The client has withdrawn their consent: nothing can be filed for them until they "
                "give it again."
            ),
            field="consent",
        )
    raise DomainError(
        _("Confirm that the client agrees to their data being passed to the provider."),
        field="consent",
    )


def check_plans(plans: list[Plan], owner: Organization) -> None:
    """All plans are on sale by working providers of the same world (sandbox or real) as `owner`."""
    on_sale = set(
        Plan.objects.offered()
        .filter(pk__in=[plan.pk for plan in plans], provider__is_sandbox=owner.is_sandbox)
        .values_list("pk", flat=True)
    )
    for plan in plans:
        if plan.pk not in on_sale:
            raise DomainError(
                _("The plan “%(plan)s” is not on sale: choose another.") % {"plan": plan.name},
                field="plans",
            )
