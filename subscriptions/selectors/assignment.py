"""What a provider's rules of assignment may name, and the rules themselves."""

from dataclasses import dataclass

from django.db.models import QuerySet

from core.actor import Actor
from locations.models import City, District
from subscriptions.models import AssignmentRule
from subscriptions.selectors.request_choices import request_choices
from subscriptions.services.requests.assignment import WORKING_ROLES
from users.models import CustomUser, Membership, Team


@dataclass(frozen=True, slots=True)
class RuleChoices:
    """By public id: people who work at the provider, its teams; places where it has had requests.

    A rule's own place is among them, however long ago that was.
    """

    cities: QuerySet[City]
    districts: QuerySet[District]
    people: dict[str, CustomUser]
    teams: dict[str, Team]


def rules_of(actor: Actor) -> list[AssignmentRule]:
    """The rules in their order, with what they name."""
    rows = AssignmentRule.objects.visible_to(actor).order_by("position", "id")
    return list(rows.select_related("category", "city", "district", "person", "team"))


def rule_choices(actor: Actor, rule: AssignmentRule | None = None) -> RuleChoices:
    """Three queries, besides those of the places when they are drawn."""
    known = request_choices(actor)
    cities = {row.pk for row in known.cities.values()}
    districts = {row.pk for row in known.districts.values()}
    if rule is not None:
        cities.add(rule.city_id or 0)
        districts.add(rule.district_id or 0)
    members = (
        Membership.objects.filter(
            organization=actor.organization,
            is_active=True,
            user__is_active=True,
            role__in=WORKING_ROLES,
        )
        .select_related("user")
        .order_by("user__full_name", "pk")
    )
    teams = Team.objects.filter(organization=actor.organization).order_by("name")
    return RuleChoices(
        City.objects.filter(pk__in=cities).order_by("name"),
        District.objects.filter(pk__in=districts).select_related("city").order_by("name"),
        {member.user.public_id: member.user for member in members},
        {team.public_id: team for team in teams},
    )
