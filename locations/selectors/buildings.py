"""One building by the id that stands in addresses of pages."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext as _

from core.actor import ANONYMOUS, Actor
from core.errors import NotVisible
from core.ids import is_public_id
from core.prepared_rows import PreparedRows
from core.querysets import get_visible
from locations.models import Building
from users.models import Organization

_FIELDS = [field.attname for field in Building._meta.concrete_fields]


def _seen_by(actor: Actor, public_id: str) -> Any:
    rows = Building.objects.visible_to(actor).filter(public_id=public_id)
    return rows.values_list(*_FIELDS)


_PUBLIC = PreparedRows(lambda public_id: _seen_by(ANONYMOUS, public_id))
_OWN_TOO = PreparedRows(
    lambda public_id, organization: _seen_by(
        Actor(organization=Organization(pk=organization)), public_id
    )
)


def visible_building(actor: Actor, public_id: str) -> Building:
    """The building the actor may see, or NotVisible (a 404).

    As `get_visible` over `Building.objects.visible_to`, by SQL that is worked out once: every
    availability answer begins with it.
    """
    if not is_public_id(public_id):
        raise NotVisible(_("There is no such page, or it is not yours to see."))
    if actor.system or actor.is_staff:
        return get_visible(Building.objects, actor, public_id=public_id)
    if actor.organization is None:
        rows = _PUBLIC.fetch(public_id=public_id)
    else:
        rows = _OWN_TOO.fetch(public_id=public_id, organization=actor.organization.pk)
    if not rows:
        raise NotVisible(_("There is no such page, or it is not yours to see."))
    return Building.from_db(DEFAULT_DB_ALIAS, _FIELDS, rows[0])
