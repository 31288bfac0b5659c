"""Answers all who reported one outage."""

from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError
from core.querysets import get_visible
from locations.models import Building
from support.selectors.outages import outage_numbers
from support.services.bulk import ANSWER, FOUND_AT_MOST, Task
from support.services.bulk_work import Begun, act_or_start
from support.services.desk_rows import check_works


def answer_outage(
    actor: Actor, building: Building, body: str, then: str = "", *, back: str = ""
) -> Begun:
    """Says the same to everybody whose open ticket of the last day tells of an outage there.

    `body` may hold variables of macros; `then` names a move made with each answer ("solve").
    Raises NotVisible, Forbidden, or DomainError with field `body` or `then`.
    """
    check_works(actor)
    found = get_visible(Building.objects, actor, pk=building.pk)
    numbers = outage_numbers(actor, found)
    if not numbers:
        raise DomainError(_("No open ticket tells of an outage there any more."))
    task = Task(ANSWER, {"body": body, "then": then})
    return act_or_start(actor, task, numbers[:FOUND_AT_MOST], back)
