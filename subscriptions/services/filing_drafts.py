"""The wizard's first step, kept as it is left: by the person, until its requests are drafted."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from core import clock
from core.actor import Actor
from core.ids import is_public_id
from core.querysets import get_visible, refuse_invisible
from locations.models import Building
from subscriptions.choices import RequestState
from subscriptions.models import FilingDraft, RequestBundle
from subscriptions.services.requests.filing import PLANS_AT_MOST, check_may_file

UNIT_LENGTH = 20
# The fields of the form that are kept, and how much of each. Consent is not: it is asked anew.
TYPED = {
    "client": 20,
    "name": 200,
    "phone": 40,
    "kind": 10,
    "email": 254,
    "preferred_visit": 200,
    "comment": 1000,
}
# So many of a person's are kept; of more the oldest go.
KEPT_AT_MOST = 50
# Without a word typed it was a look; with some it may be somebody's morning.
EMPTY_KEPT = timedelta(days=1)
KEPT = timedelta(days=30)
_BATCH = 500


def save_filing(
    actor: Actor,
    *,
    building: Building,
    unit_number: str,
    plans: Sequence[str],
    typed: Mapping[str, str],
    form_token: UUID,
) -> FilingDraft | None:
    """Keeps what is typed, whatever of it is wrong; a form saved again is kept in its place.

    None when there is nothing left to keep it for: what came of the form is filed. Raises Forbidden
    for who does not file, and NotVisible for somebody else's form.
    """
    check_may_file(actor)
    if _is_filed(form_token):
        return None
    now = clock.now()
    fields: dict[str, Any] = {
        "building": building,
        "unit_number": _clean(unit_number, UNIT_LENGTH),
        "plans": list(dict.fromkeys(filter(is_public_id, plans)))[:PLANS_AT_MOST],
        "typed": _kept_of(typed),
        "updated_at": now,
    }
    own = FilingDraft.objects.visible_to(actor).filter(form_token=form_token)
    if not own.update(**fields):
        try:
            with transaction.atomic():
                FilingDraft.objects.create(
                    owner=actor.organization,
                    created_by=actor.user,
                    form_token=form_token,
                    created_at=now,
                    **fields,
                )
        except IntegrityError:
            # Saved by another tab of the same form at this very moment, or somebody else's form.
            if not own.update(**fields):
                refuse_invisible()
        _forget_oldest(actor)
    return own.first()


def discard_filing(actor: Actor, public_id: str) -> None:
    """Throws away what was begun. Raises NotVisible."""
    get_visible(FilingDraft.objects, actor, public_id=public_id).delete()


def forget_filing(form_token: UUID) -> None:
    """The drafts that came of the form remember all of it."""
    FilingDraft.objects.filter(form_token=form_token).delete()


def forget_stale_filings() -> int:
    """Throws away what has lain too long; how many there were."""
    now = clock.now()
    empty = FilingDraft.objects.filter(updated_at__lt=now - EMPTY_KEPT, typed={})
    old = FilingDraft.objects.filter(updated_at__lt=now - KEPT)
    gone = 0
    for rows in (empty, old):
        while batch := list(rows.values_list("pk", flat=True)[:_BATCH]):
            gone += FilingDraft.objects.filter(pk__in=batch).delete()[0]
    return gone


def _is_filed(form_token: UUID) -> bool:
    """Whether the form has made a bundle of which no draft is left."""
    bundle = RequestBundle.objects.filter(form_token=form_token).first()
    return bundle is not None and not bundle.requests.filter(state=RequestState.DRAFT).exists()


def _kept_of(typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed into the known fields; nothing of those that are empty."""
    cleaned = {name: _clean(typed.get(name, ""), most) for name, most in TYPED.items()}
    # What is chosen before anybody has typed a word says nothing.
    words = {name: value for name, value in cleaned.items() if value}
    return {} if set(words) <= {"kind"} else words


def _clean(text: str, most: int) -> str:
    """`text` without what a database will not take, cut rather than refused."""
    kept = "".join(
        character
        for character in text.replace("\r\n", "\n")
        if character in "\n\t" or not unicodedata.category(character).startswith("C")
    )
    return kept.strip()[:most]


def _forget_oldest(actor: Actor) -> None:
    own = FilingDraft.objects.visible_to(actor).order_by("-updated_at", "-pk")
    beyond = list(own.values_list("pk", flat=True)[KEPT_AT_MOST : KEPT_AT_MOST + _BATCH])
    if beyond:
        FilingDraft.objects.filter(pk__in=beyond).delete()
