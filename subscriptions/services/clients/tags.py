"""Tags: words by which an organization sorts its clients, made when they are first used."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import PartyRole, Role
from core.errors import DomainError, Forbidden
from core.events import Draft, emit_many
from core.folding import fold
from subscriptions.models import Client, ClientTag
from subscriptions.rights import keeps_clients
from subscriptions.services.clients.portfolio import check_change

TAGS_AT_MOST = 200
# One page of rows, shown in full; more is refused rather than cut.
CLIENTS_AT_MOST = 200
_NAME_LENGTH = 40
_Link = Client.tags.through


@dataclass(frozen=True, slots=True)
class Tagged:
    """How many clients were changed, and how many of those asked for the actor may not change."""

    changed: int
    refused: int


def tag_named(actor: Actor, name: str) -> ClientTag:
    """The tag of the actor's organization called `name`, in any letter case; made when new.

    Raises Forbidden, or DomainError with field `tag`.
    """
    if not keeps_clients(actor):
        raise Forbidden(_("You cannot tag clients here."))
    name = " ".join(name.split())
    key = fold(name)
    if not key:
        raise DomainError(_("Write a tag."), field="tag")
    if len(name) > _NAME_LENGTH or not name.isprintable():
        raise DomainError(
            _("A tag has %(most)s characters at most.") % {"most": _NAME_LENGTH}, field="tag"
        )
    own = ClientTag.objects.visible_to(actor)
    found = own.filter(search_key=key).first()
    if found is not None:
        return found
    if own.count() >= TAGS_AT_MOST:
        raise DomainError(_("There are too many tags: use one of those you have."), field="tag")
    try:
        with transaction.atomic():
            return ClientTag.objects.create(owner=actor.organization, name=name)
    except IntegrityError:
        return own.get(search_key=key)


def tag_client(actor: Actor, client: Client, name: str) -> ClientTag:
    """Puts a tag on one client. Raises Forbidden, DomainError with field `tag`."""
    check_change(actor, client)
    tag = tag_named(actor, name)
    _put(actor, [client], tag)
    return tag


def untag_client(actor: Actor, client: Client, tag: ClientTag) -> None:
    """Takes a tag off one client. Raises Forbidden."""
    check_change(actor, client)
    _take_off(actor, [client], tag)


def tag_many(actor: Actor, public_ids: Sequence[str], name: str) -> Tagged:
    """Puts a tag on clients; those that the actor may not change are counted, not changed."""
    clients, refused = _changeable(actor, public_ids)
    tag = tag_named(actor, name)
    return Tagged(_put(actor, clients, tag), refused)


def untag_many(actor: Actor, public_ids: Sequence[str], name: str) -> Tagged:
    """Takes a tag off clients, as `tag_many`. Raises DomainError for a tag that there is not."""
    clients, refused = _changeable(actor, public_ids)
    tag = ClientTag.objects.visible_to(actor).filter(search_key=fold(name)).first()
    if tag is None:
        raise DomainError(_("You have no such tag."), field="tag")
    return Tagged(_take_off(actor, clients, tag), refused)


def _changeable(actor: Actor, public_ids: Sequence[str]) -> tuple[list[Client], int]:
    if not keeps_clients(actor):
        raise Forbidden(_("You cannot tag clients here."))
    chosen = set(public_ids)
    if not chosen:
        raise DomainError(_("Select at least one client."), field="selected")
    if len(chosen) > CLIENTS_AT_MOST:
        raise DomainError(_("Select fewer clients at once."), field="selected")
    rows = Client.objects.visible_to(actor).filter(public_id__in=chosen)
    if actor.role is not None and not actor.has_role(Role.MANAGER):
        rows = rows.filter(created_by_id=actor.user_id)
    clients = list(rows.select_related("owner").order_by("pk"))
    return clients, len(chosen) - len(clients)


def _put(actor: Actor, clients: Sequence[Client], tag: ClientTag) -> int:
    with transaction.atomic():
        # Two who tag the same clients at once: the second finds what the first has put.
        list(Client.objects.select_for_update().filter(pk__in=_pks(clients)).order_by("pk"))
        have = set(
            _Link.objects.filter(clienttag=tag, client__in=_pks(clients)).values_list(
                "client_id", flat=True
            )
        )
        new = [client for client in clients if client.pk not in have]
        _Link.objects.bulk_create(_Link(client_id=client.pk, clienttag=tag) for client in new)
        _tell(actor, new)
    return len(new)


def _take_off(actor: Actor, clients: Sequence[Client], tag: ClientTag) -> int:
    with transaction.atomic():
        list(Client.objects.select_for_update().filter(pk__in=_pks(clients)).order_by("pk"))
        links = _Link.objects.filter(clienttag=tag, client__in=_pks(clients))
        had = set(links.values_list("client_id", flat=True))
        links.delete()
        changed = [client for client in clients if client.pk in had]
        _tell(actor, changed)
    return len(changed)


def _pks(clients: Iterable[Client]) -> list[int]:
    return [client.pk for client in clients]


def _tell(actor: Actor, clients: Iterable[Client]) -> None:
    emit_many(
        actor,
        [
            Draft("client.changed", client, {PartyRole.OWNER: client.owner}, {"fields": ["tags"]})
            for client in clients
        ],
    )
