"""What can be connected at a point on the map, where no building need be known."""

from dataclasses import dataclass

from core.actor import Actor
from locations.selectors.coverage import statements_at_point
from locations.selectors.points import Near, nearest_buildings
from subscriptions.selectors.availability import Answer, answer_of

# Plans of no city in particular: offered wherever the provider's coverage reaches.
_NO_CITY = 0


@dataclass(frozen=True, slots=True)
class PointAnswer:
    answer: Answer
    near: list[Near]


def answer_at(actor: Actor, latitude: float, longitude: float) -> PointAnswer:
    """What zones say of the point, with the plans of the city that the nearest building is in."""
    near = nearest_buildings(actor, latitude, longitude)
    city = near[0].city_id if near else _NO_CITY
    return PointAnswer(answer_of(statements_at_point(latitude, longitude), city, actor=actor), near)
