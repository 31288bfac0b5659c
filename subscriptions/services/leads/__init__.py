"""What is done with wishes left on the public site: taken in, routed, worked, and disputed."""

from subscriptions.services.leads.intake import Wish, submit_lead
from subscriptions.services.leads.routing import (
    offer_lead,
    pass_on_expired,
    retry_unrouted,
    route_forgotten,
)
from subscriptions.services.leads.rules import delete_rule, save_rule, set_rule_active
from subscriptions.services.leads.upkeep import close_as_staff, forget_spam, route_as_staff
from subscriptions.services.leads.work import close_lead, pass_lead, take_lead, use_new_client

__all__ = [
    "Wish",
    "close_as_staff",
    "close_lead",
    "delete_rule",
    "forget_spam",
    "offer_lead",
    "pass_lead",
    "pass_on_expired",
    "retry_unrouted",
    "route_as_staff",
    "route_forgotten",
    "save_rule",
    "set_rule_active",
    "submit_lead",
    "take_lead",
    "use_new_client",
]
