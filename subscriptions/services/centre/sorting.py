"""Tags and cost centres: words by which an organization sorts its subscriptions."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import PartyRole, Role
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.folding import fold
from core.querysets import get_visible
from subscriptions.centre_rights import leads_holder, sorts
from subscriptions.models import CostCentre, Subscription, SubscriptionTag
from subscriptions.services.spend_later import refresh_later

WORDS_AT_MOST = 200
# One page of rows, shown in full; more is refused rather than cut.
ROWS_AT_MOST = 200
_Link = SubscriptionTag.subscriptions.through
Word = TypeVar("Word", SubscriptionTag, CostCentre)
_LENGTHS: dict[type[models.Model], int] = {SubscriptionTag: 40, CostCentre: 60}


# --- the words ----------------------------------------------------------------------------------
def tag_named(actor: Actor, name: str) -> SubscriptionTag:
    """The actor's tag called `name`, in any letter case; made when new.

    Raises Forbidden, DomainError with field `name`.
    """
    if not sorts(actor):
        raise Forbidden(_("Your role allows only reading."))
    return _named(SubscriptionTag, actor, name)


def cost_centre_named(actor: Actor, name: str) -> CostCentre:
    """The actor's cost centre called `name`; made when new. Raises as `tag_named`."""
    _check_leads(actor)
    return _named(CostCentre, actor, name)


def rename(actor: Actor, word: Word, name: str) -> Word:
    """Gives a tag or a cost centre another name. Raises Forbidden, DomainError with `name`."""
    _check_keeps(actor, word)
    row = get_visible(type(word).objects, actor, pk=word.pk)
    row.name = _clean(type(word), name)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise DomainError(_("There is one of this name already."), field="name") from error
    return row  # type: ignore[no-any-return]


def remove(actor: Actor, word: Word) -> None:
    """Throws a tag or a cost centre away; what it was on stays. Raises Forbidden."""
    _check_keeps(actor, word)
    row = get_visible(type(word).objects, actor, pk=word.pk)
    with transaction.atomic():
        row.delete()
        if isinstance(word, CostCentre):
            refresh_later([row.owner_id])


def keeps_tags(actor: Actor) -> bool:
    """Who gives tags other names and throws them away: they are the whole organization's."""
    return sorts(actor) and (actor.system or actor.is_admin or actor.has_role(Role.MANAGER))


def _check_keeps(actor: Actor, word: Word) -> None:
    if isinstance(word, CostCentre):
        _check_leads(actor)
    elif not keeps_tags(actor):
        raise Forbidden(_("Managers rename and remove tags."))


def _check_leads(actor: Actor) -> None:
    if not leads_holder(actor):
        raise Forbidden(_("Managers keep the cost centres."))


def _check_sorts(actor: Actor) -> None:
    if not sorts(actor):
        raise Forbidden(_("Your role allows only reading."))


def _clean(model: type[models.Model], name: str) -> str:
    name = " ".join(name.split())
    most = _LENGTHS[model]
    if not fold(name):
        raise DomainError(_("Write a name."), field="name")
    if len(name) > most or not name.isprintable():
        raise DomainError(_("Write at most %(most)s characters.") % {"most": most}, field="name")
    return name


def _named(model: type[Word], actor: Actor, name: str) -> Word:
    name = _clean(model, name)
    own: Any = model.objects.visible_to(actor)
    key = fold(name)
    found = own.filter(search_key=key).first()
    if found is not None:
        return found  # type: ignore[no-any-return]
    if own.count() >= WORDS_AT_MOST:
        raise DomainError(_("There are too many: use one of those you have."), field="name")
    try:
        with transaction.atomic():
            return model.objects.create(owner=actor.organization, name=name)
    except IntegrityError:
        return own.get(search_key=key)  # type: ignore[no-any-return]


# --- on subscriptions ---------------------------------------------------------------------------
def put_tag(actor: Actor, numbers: Sequence[str], name: str) -> int:
    """Puts a tag on subscriptions; how many have it that had it not. Raises Forbidden, DomainError
    with field `name` or `selected`."""
    _check_sorts(actor)
    rows = chosen(actor, numbers)
    tag = tag_named(actor, name)
    with transaction.atomic():
        SubscriptionTag.objects.select_for_update().get(pk=tag.pk)
        links = _Link.objects.filter(subscriptiontag=tag, subscription__in=_pks(rows))
        have = set(links.values_list("subscription_id", flat=True))
        new = [pk for pk in _pks(rows) if pk not in have]
        _Link.objects.bulk_create(
            _Link(subscription_id=pk, subscriptiontag_id=tag.pk) for pk in new
        )
        _tell(actor, len(new), "tags")
    return len(new)


def take_tag(actor: Actor, numbers: Sequence[str], name: str) -> int:
    """Takes a tag off subscriptions; how many had it. Raises as `put_tag`."""
    _check_sorts(actor)
    rows = chosen(actor, numbers)
    tag = SubscriptionTag.objects.visible_to(actor).filter(search_key=fold(name)).first()
    if tag is None:
        raise DomainError(_("You have no such tag."), field="name")
    with transaction.atomic():
        links = _Link.objects.filter(subscriptiontag=tag, subscription__in=_pks(rows))
        count, _by_model = links.delete()
        _tell(actor, count, "tags")
    return count


def assign_cost_centre(actor: Actor, numbers: Sequence[str], centre: CostCentre | None) -> int:
    """Charges subscriptions to a cost centre of the actor's, or to none; how many changed.

    Raises Forbidden, NotVisible, DomainError with field `selected`.
    """
    _check_leads(actor)
    if centre is not None:
        centre = get_visible(CostCentre.objects, actor, pk=centre.pk)
    wanted = centre.pk if centre else None
    with transaction.atomic():
        pks = [row.pk for row in chosen(actor, numbers) if row.cost_centre_id != wanted]
        # Not touched: it is the holder's own, and no other side's edit is refused for it.
        changed = Subscription.objects.filter(pk__in=pks).update(cost_centre_id=wanted)
        _tell(actor, changed, "cost_centre")
        if changed:
            refresh_later([actor.organization_id])
    return changed


def carry_over(former: Subscription, following: Subscription) -> None:
    """What a service was sorted by goes with it to the one that takes its place (a relocation).

    Within the caller's transaction, whose change it belongs to.
    """
    links = _Link.objects.filter(subscription=former).values_list("subscriptiontag_id", flat=True)
    _Link.objects.bulk_create(
        [_Link(subscription_id=following.pk, subscriptiontag_id=tag) for tag in links],
        ignore_conflicts=True,
    )
    following.cost_centre_id = former.cost_centre_id
    Subscription.objects.filter(pk=following.pk).update(cost_centre_id=former.cost_centre_id)


def chosen(actor: Actor, numbers: Sequence[str]) -> list[Subscription]:
    """The subscriptions of these numbers; one that is not the actor's refuses them all."""
    wanted = set(numbers)
    if not wanted:
        raise DomainError(_("Select at least one subscription."), field="selected")
    if len(wanted) > ROWS_AT_MOST:
        raise DomainError(_("Select fewer subscriptions at once."), field="selected")
    rows = list(Subscription.objects.visible_to(actor).filter(number__in=wanted).order_by("pk"))
    if len(rows) != len(wanted):
        raise Conflict(_("Some of these are no longer yours to change: open the list anew."))
    return rows


def _pks(rows: Iterable[Subscription]) -> list[int]:
    return [row.pk for row in rows]


def _tell(actor: Actor, count: int, field: str) -> None:
    if count:
        parties = {PartyRole.OWNER: actor.organization}
        data = {"count": count, "fields": [field]}
        emit(actor, "subscriptions.sorted", actor.organization, parties, data)
