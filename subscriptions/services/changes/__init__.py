"""Changes of a subscription in force: asked for by a request, made when the provider is done.

offered_changes(actor, subscription)      what may be asked for now
cost_of(subscription, kind, …)            what it would cost, said before
draft_change(actor, subscription, kind …) the draft; `file_change` files it
"""

from subscriptions.services.changes.drafting import draft_change, file_change
from subscriptions.services.changes.due import apply_due_changes, end_due, resume_due
from subscriptions.services.changes.lapsing import close_changes_of
from subscriptions.services.in_force.costs import Cost, cost_of
from subscriptions.services.in_force.ending import end_subscription
from subscriptions.services.in_force.offering import Offered, may_change, offered_changes

__all__ = [
    "Cost",
    "Offered",
    "apply_due_changes",
    "close_changes_of",
    "cost_of",
    "draft_change",
    "end_due",
    "end_subscription",
    "file_change",
    "may_change",
    "offered_changes",
    "resume_due",
]
