"""Where a company's team works: its members see what is connected there, and nothing else."""

from django.db import models
from django.utils.translation import gettext_lazy as _


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
