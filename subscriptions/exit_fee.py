"""What leaving a service before the end of its term costs, as whoever knows the rule says it."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from subscriptions.models import Subscription

Rule = Callable[[Subscription, date], Decimal]
_rules: list[Rule] = []


def says_exit_fee(rule: Rule) -> Rule:
    """Registers a rule: roubles to be paid once for ending a subscription on a day."""
    if rule not in _rules:
        _rules.append(rule)
    return rule


def exit_fee_of(row: Subscription, on: date) -> Decimal:
    """What all rules together ask for; nothing where none is registered."""
    return sum((rule(row, on) for rule in _rules), Decimal(0))
