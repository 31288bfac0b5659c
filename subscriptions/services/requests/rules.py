"""Giving requests out by a provider's rules: when they are filed, and again when a manager says so.

Locks are taken in one order, the provider's rules and then the request: of two requests filed at
once the second sees whom the first was given to.
"""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from core.actor import Actor, system_actor
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.models import Event
from core.querysets import get_visible
from core.workflow import touched
from subscriptions.choices import AssignmentMethod
from subscriptions.models import AssignmentRule, ConnectionRequest
from subscriptions.request_workflow import FINAL_STATES
from subscriptions.services.parties import know_parties, parties_of
from subscriptions.services.requests.assignment import may_assign
from users.selectors.members import working_members


def assign_filed(request_id: int) -> None:
    """Gives a request that was just filed to whom the rules say, once.

    What has been given to somebody already, by hand too, stays theirs; so does what was given and
    taken back: this may run twice.
    """
    filed = ConnectionRequest.objects.filter(pk=request_id, assignee__isnull=True)
    provider_id = filed.values_list("provider_id", flat=True).first()
    if provider_id is None:
        return
    with transaction.atomic():
        rules = _locked_rules(provider_id)
        if not rules:
            return
        request = ConnectionRequest.objects.select_for_update().get(pk=request_id)
        if request.assignee_id or request.state in FINAL_STATES or _was_assigned(request):
            return
        chosen = _choose(rules, request)
        if chosen is not None:
            know_parties(request)
            _give(system_actor(request.provider), request, chosen)


def assign_by_rule(actor: Actor, request: ConnectionRequest) -> ConnectionRequest:
    """Gives an unfinished request out anew, whoever has it now.

    Raises NotVisible, Forbidden, Conflict (closed) or DomainError where no rule fits.
    """
    get_visible(ConnectionRequest.objects, actor, pk=request.pk)
    with transaction.atomic():
        rules = _locked_rules(request.provider_id)
        row = ConnectionRequest.objects.select_for_update().get(pk=request.pk)
        if not may_assign(actor, row):
            raise Forbidden(_("Only a manager of the provider assigns requests."))
        if row.state in FINAL_STATES:
            raise Conflict(_("The request is closed."))
        chosen = _choose(rules, row)
        if chosen is None:
            raise DomainError(_("No rule of yours fits this request."))
        if chosen != row.assignee_id:
            know_parties(row)
            _give(actor, row, chosen)
    return row


def _locked_rules(provider_id: int) -> list[AssignmentRule]:
    rules = AssignmentRule.objects.filter(provider_id=provider_id, is_active=True)
    return list(rules.order_by("position", "id").select_for_update())


def _was_assigned(request: ConnectionRequest) -> bool:
    about = Event.objects.filter(subject_type=request._meta.label_lower, subject_id=request.pk)
    return about.filter(kind="request.assigned").exists()


def _choose(rules: list[AssignmentRule], request: ConnectionRequest) -> int | None:
    """Whom the first rule that fits, and has somebody to give to, names."""
    for rule in rules:
        if _fits(rule, request):
            chosen = _by_method(rule)
            if chosen is not None:
                return chosen
    return None


def _fits(rule: AssignmentRule, request: ConnectionRequest) -> bool:
    place = request.visited
    return (
        rule.category_id in (None, request.category_id)
        and rule.city_id in (None, place.city_id)
        and (rule.district_id is None or rule.district_id == place.district_id)
    )


def _by_method(rule: AssignmentRule) -> int | None:
    members = _working(rule)
    if not members:
        return None
    if rule.method == AssignmentMethod.FIXED:
        return members[0]
    if rule.method == AssignmentMethod.LEAST_LOAD:
        load = _open_of(members)
        return min(members, key=lambda pk: (load.get(pk, 0), pk))
    last = rule.last_given_id or 0
    chosen = next((pk for pk in members if pk > last), members[0])
    AssignmentRule.objects.filter(pk=rule.pk).update(last_given=chosen)
    rule.last_given_id = chosen
    return chosen


def _working(rule: AssignmentRule) -> list[int]:
    """The people whom the rule may name, in one order; those who do not work any more are gone."""
    found = working_members(rule.provider_id)
    if rule.method == AssignmentMethod.FIXED:
        found = found.filter(user_id=rule.person_id)
    elif rule.team_id is not None:
        found = found.filter(team_id=rule.team_id)
    return list(found.order_by("user_id").values_list("user_id", flat=True))


def _open_of(users: Collection[int]) -> dict[int, int]:
    """How many requests each has open, from one index."""
    rows = ConnectionRequest.objects.filter(assignee__in=users, due_at__isnull=False)
    return dict(rows.order_by().values_list("assignee").annotate(Count("due_at")))


def _give(actor: Actor, request: ConnectionRequest, user_id: int) -> None:
    request.assignee_id = user_id
    touched(request)
    request.save(update_fields=["assignee", "version", "updated_at"])
    emit(
        actor,
        "request.assigned",
        request,
        parties_of(request),
        {"number": request.number, "assignee": user_id},
    )
