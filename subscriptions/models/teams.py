"""Where a company's team works: its members see what is connected there, and nothing else."""

from typing import TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.choices import OrganizationKind, Role

Rows = TypeVar("Rows", bound=models.QuerySet)


class TeamPlace(models.Model):
    """A city or a building of a team; exactly one of the two."""

    team = models.ForeignKey("users.Team", models.CASCADE, related_name="places")
    city = models.ForeignKey(
        "locations.City", models.CASCADE, null=True, blank=True, related_name="+"
    )
    building = models.ForeignKey(
        "locations.Building", models.CASCADE, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("place of a team")
        verbose_name_plural = _("places of teams")
        constraints = [
            models.UniqueConstraint(fields=["team", "city", "building"], name="team_place_once"),
            models.CheckConstraint(
                condition=models.Q(city__isnull=False, building__isnull=True)
                | models.Q(city__isnull=True, building__isnull=False),
                name="team_place_is_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team_id}: {self.city_id or self.building_id}"


def works_at_places(actor: Actor) -> bool:
    """Whether what the actor sees is bound to a team's places: MEMBERs and VIEWERs of companies."""
    return (
        actor.team_id is not None
        and actor.kind == OrganizationKind.COMPANY
        and not actor.has_role(Role.MANAGER)
    )


def at_places(rows: Rows, actor: Actor, *, building: str, city: str) -> Rows:
    """Those of `rows` that stand at a place of the actor's team; all where nothing binds the actor.

    `building` and `city` are the lookups to the two ids. A team without places sees everything.
    """
    if not works_at_places(actor):
        return rows
    places = TeamPlace.objects.filter(team_id=actor.team_id or 0)
    here = places.filter(
        models.Q(building_id=models.OuterRef(building)) | models.Q(city_id=models.OuterRef(city))
    )
    return rows.filter(models.Exists(here) | ~models.Exists(places))
