"""What `subscriptions` adds to the page of a team: where it works."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.choices import OrganizationKind
from core.registry import Panel, contributes
from subscriptions.selectors.team_places import places_of
from subscriptions.services.team_places import may_keep_places
from users.models import Team

SHOWN = 20


@contributes("team.panels", order=10, kinds={OrganizationKind.COMPANY})
def team_places(actor: Actor, team: Team) -> Panel:
    places = list(places_of(team)[: SHOWN + 1])
    return Panel(
        "places",
        _("Places"),
        "subscriptions/panels/team_places.html",
        {"places": places[:SHOWN], "has_more": len(places) > SHOWN},
        url=reverse("team_places", args=[team.public_id]) if may_keep_places(actor, team) else "",
    )
