"""What a provider's rules of assignment may name, and the rules themselves."""

from dataclasses import dataclass

from core.actor import Actor
from locations.models import City, District, ServiceCategory
from subscriptions.models import AssignmentRule
from subscriptions.selectors.request_choices import Reference, References, request_choices
from users.models import CustomUser, Team
from users.selectors.members import working_members


@dataclass(frozen=True, slots=True)
class RuleChoices:
    """By public id or code: services, places where the provider has had requests, its people and
    teams. A rule's own place is among them, however long ago that was.
    """

    categories: dict[str, ServiceCategory]
    cities: References
    districts: References
    people: dict[str, CustomUser]
    teams: dict[str, Team]

    def city(self, public_id: str) -> City | None:
        known = self.cities.get(public_id)
        return City.objects.get(pk=known.pk) if known else None

    def district(self, public_id: str) -> District | None:
        known = self.districts.get(public_id)
        return District.objects.select_related("city").get(pk=known.pk) if known else None


def rules_of(actor: Actor) -> list[AssignmentRule]:
    """The rules in their order, with what they name."""
    rows = AssignmentRule.objects.visible_to(actor).order_by("position", "id")
    return list(rows.select_related("category", "city", "district__city", "person", "team"))


def rule_choices(actor: Actor, rule: AssignmentRule | None = None) -> RuleChoices:
    """Two queries, besides those of `request_choices`, which are kept."""
    known = request_choices(actor)
    cities, districts = dict(known.cities), dict(known.districts)
    if rule is not None and rule.city is not None:
        cities[rule.city.public_id] = Reference(rule.city.pk, rule.city.name)
    if rule is not None and rule.district is not None:
        districts[rule.district.public_id] = Reference(rule.district.pk, rule.district.name)
    members = (
        working_members(actor.organization_id)
        .select_related("user")
        .order_by("user__full_name", "pk")
    )
    teams = Team.objects.filter(organization=actor.organization).order_by("name")
    return RuleChoices(
        {code: row for code, row in known.categories.items() if row.is_active},
        cities,
        districts,
        {member.user.public_id: member.user for member in members},
        {team.public_id: team for team in teams},
    )
