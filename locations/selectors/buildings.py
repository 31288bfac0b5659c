"""One building by the id that stands in addresses of pages."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext as _

from core.actor import ANONYMOUS, Actor
from core.choices import OrganizationKind
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


def _seen_by_members(kind: OrganizationKind) -> PreparedRows:
    return PreparedRows(
        lambda public_id, organization: _seen_by(
            Actor(organization=Organization(pk=organization, kind=kind)), public_id
        )
    )


_OWN_TOO = _seen_by_members(OrganizationKind.AGENCY)
# Providers see those of their requests as well.
_SHOWN_TOO = _seen_by_members(OrganizationKind.PROVIDER)


def visible_building(actor: Actor, public_id: str) -> Building:
    """The building the actor may see, or NotVisible (a 404).

    As `get_visible` over `Building.objects.visible_to`, by SQL that is worked out once: every
    availability answer begins with it. For the id of a building that was merged into another it is
    that one: compare `public_id`, and redirect.
    """
    if not is_public_id(public_id):
        raise NotVisible(_("There is no such page, or it is not yours to see."))
    if actor.system or actor.is_staff:
        row = get_visible(Building.objects, actor, public_id=public_id)
        return row if row.merged_into_id is None else _successor(public_id)
    if actor.organization is None:
        rows = _PUBLIC.fetch(public_id=public_id)
    else:
        prepared = _SHOWN_TOO if actor.kind == OrganizationKind.PROVIDER else _OWN_TOO
        rows = prepared.fetch(public_id=public_id, organization=actor.organization.pk)
    if not rows:
        return _successor(public_id)
    return Building.from_db(DEFAULT_DB_ALIAS, _FIELDS, rows[0])


def _successor(public_id: str) -> Building:
    """The verified building that one of this public id was merged into; else NotVisible."""
    rows = Building.objects.filter(status=Building.Status.VERIFIED)
    found = rows.filter(merged__public_id=public_id).first()
    if found is None:
        raise NotVisible(_("There is no such page, or it is not yours to see."))
    return found
