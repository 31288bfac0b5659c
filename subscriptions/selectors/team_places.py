"""Reads of the places where a company's team works."""

from django.db.models import QuerySet

from subscriptions.models.teams import TeamPlace
from users.models import Team


def places_of(team: Team) -> QuerySet[TeamPlace]:
    """Cities first, then buildings, by name; one query."""
    rows = TeamPlace.objects.filter(team=team).select_related("city", "building")
    return rows.order_by("building__address", "city__name", "pk")
