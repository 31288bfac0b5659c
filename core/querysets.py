"""Reads of private rows start here: `Model.objects.visible_to(actor)`."""

from typing import Any, NoReturn, Protocol, Self

from django.db import models
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import OrganizationKind
from core.errors import NotVisible


class PartyQuerySet(models.QuerySet):
    """Rows that have an owner and explicit parties beside it (DOMAIN.md, Owner and parties).

    One indexed column per kind of organization decides; there is no OR over a million rows. A kind
    that is missing from `party_columns` sees nothing.
    """

    party_columns: dict[OrganizationKind, str] = {
        OrganizationKind.AGENCY: "owner",
        OrganizationKind.BUILDER: "owner",
        OrganizationKind.PROVIDER: "provider",
        OrganizationKind.COMPANY: "holder",
        OrganizationKind.PERSON: "holder",
    }

    def visible_to(self, actor: Actor) -> Self:
        if actor.organization is None:
            return self if actor.system or actor.is_admin else self.none()
        column = self.party_columns.get(OrganizationKind(actor.organization.kind))
        if column is None:
            return self.none()
        return self._restrict(column, actor)

    def _restrict(self, column: str, actor: Actor) -> Self:
        """What one kind sees through `column`; a subclass narrows it where a party sees less."""
        return self.filter(**{f"{column}_id": actor.organization.pk})


class OwnedQuerySet(PartyQuerySet):
    """Rows that only their owner sees."""

    party_columns = dict.fromkeys(OrganizationKind, "owner")


class HasVisible(Protocol):
    """A queryset, or a manager made of one, whose rows are scoped by actor."""

    def visible_to(self, actor: Actor) -> Any: ...


def get_visible(queryset: HasVisible, actor: Actor, **lookup: Any) -> Any:
    """The one row the actor may see, or `NotVisible` (a 404)."""
    row = queryset.visible_to(actor).filter(**lookup).first()
    return refuse_invisible() if row is None else row


def locked_by_key(rows: models.QuerySet) -> list[Any]:
    """Locks what `rows` finds, in the order of keys, and returns it as it is then.

    By their keys: a search that locks also waits, on MariaDB, for rows that it only passes, and
    whoever holds one of those may be waiting for us. A row may have changed since it was found:
    the caller asks it once more.
    """
    keys = list(rows.values_list("pk", flat=True))
    found = rows.model._default_manager.select_for_update().filter(pk__in=keys)
    return list(found.order_by("pk"))


def refuse_invisible() -> NoReturn:
    """What one may not see does not exist."""
    raise NotVisible(_("There is no such page, or it is not yours to see."))
