"""The wizard's writing step: a client, and drafts of what was chosen at an address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError
from core.folding import fold
from core.prepared import Prepared
from locations.models import Building
from subscriptions.choices import ClientKind, RequestState
from subscriptions.models import Client, ConnectionRequest, RequestBundle
from subscriptions.phones import parse_phone
from subscriptions.services.clients import create_client, record_consent, standing_client
from subscriptions.services.filing_drafts import forget_filing
from subscriptions.services.requests.duplicates import Anyway
from subscriptions.services.requests.filing import (
    Wanted,
    all_of,
    check_choice,
    check_client,
    check_may_file,
    check_place,
    checked_words,
    make_bundle,
    submit_drafts,
)
from subscriptions.services.requests.offers import offered_here, plans_of
from subscriptions.services.requests.revising import revise_bundle

_DRAFTS: Prepared[ConnectionRequest] = Prepared(
    lambda bundle: (
        ConnectionRequest.objects.filter(bundle_id=bundle, state=RequestState.DRAFT)
        .select_related("plan", "category", "provider", "building", "unit", "client")
        .order_by("pk")
    )
)


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client typed in while filing."""

    name: str
    phone: str
    kind: str = ClientKind.PERSON
    email: str = ""

    def is_alike(self, client: Client) -> bool:
        return fold(self.name) == fold(client.name) and parse_phone(self.phone) == client.phone


class _MadeAtOnceError(Exception):
    """The same form, sent twice at once, has made its bundle: what this one wrote is undone."""

    def __init__(self, bundle: RequestBundle) -> None:
        super().__init__(bundle)
        self.bundle = bundle


def draft_filing(
    actor: Actor,
    *,
    building: Building,
    unit_number: str,
    plans: Sequence[str],
    client: Client | NewClient | None,
    consent: bool,
    comment: str = "",
    preferred_visit: str = "",
    form_token: UUID,
) -> RequestBundle:
    """Makes drafts of the plans, and the client where it is new, all or nothing.

    `plans` are public ids; each must be one that can be connected in the building today. Sent twice
    with one `form_token`, also at once, it makes one bundle and one client; sent anew before the
    drafts are filed, it makes them what they are wanted to be now. Raises Forbidden, NotVisible, or
    DomainError with `field`: "plans", "unit_number", or one of the client's.
    """
    check_may_file(actor)
    made = bundle_made_by(actor, form_token)
    first = first_draft(made) if made is not None else None
    if made is not None and first is None:
        return made
    check_place(actor, building)
    chosen = plans_of(offered_here(actor, building, plans))
    check_choice(chosen)
    wanted = Wanted(building, unit_number, chosen, None, *checked_words(comment, preferred_visit))
    if made is None:
        return draft_checked(actor, wanted, client, consent=consent, form_token=form_token)
    with transaction.atomic():
        row = _client_row(actor, client, consent, first.client if first else None)
        check_client(actor, row)
        bundle = revise_bundle(actor, made, replace(wanted, client=row))
        forget_filing(form_token)
    return bundle


def draft_checked(
    actor: Actor,
    wanted: Wanted,
    client: Client | NewClient | None,
    *,
    consent: bool,
    form_token: UUID,
) -> RequestBundle:
    """The drafts of `wanted`, whose place and plans have been checked, for `client`."""
    try:
        with transaction.atomic():
            row = _client_row(actor, client, consent, None)
            check_client(actor, row)
            bundle, is_new = make_bundle(actor, replace(wanted, client=row), form_token)
            if not is_new:
                raise _MadeAtOnceError(bundle)
            # From here on the drafts remember what was typed.
            forget_filing(form_token)
    except _MadeAtOnceError as other:
        return other.bundle
    return bundle


def first_draft(bundle: RequestBundle) -> ConnectionRequest | None:
    """The first of the bundle's drafts with its client; None when all are filed."""
    drafts = bundle.requests.filter(state=RequestState.DRAFT).select_related("client")
    return drafts.order_by("pk").first()


def bundle_made_by(actor: Actor, form_token: UUID) -> RequestBundle | None:
    """The bundle that this form has made already."""
    return RequestBundle.objects.visible_to(actor).filter(form_token=form_token).first()


def file_drafts(
    actor: Actor,
    bundle: RequestBundle,
    *,
    consent: bool = False,
    said: Mapping[str, Anyway] | None = None,
) -> list[ConnectionRequest]:
    """Files every draft of the bundle, all or none, if all can still be connected at their address.

    `consent` says that the client has just agreed to their data being passed on; `said`, for the
    number of a draft, that its duplicates are known and why it is filed all the same. Returns all
    requests of the bundle. Raises what `submit_bundle` does.
    """
    drafts = drafts_of(bundle)
    if drafts:
        offered_here(actor, drafts[0].building, [draft.plan.public_id for draft in drafts])
    with transaction.atomic():
        if consent and drafts and drafts[0].client is not None:
            record_consent(actor, drafts[0].client)
        submit_drafts(actor, bundle, said or {})
    return all_of(bundle)


def drafts_of(bundle: RequestBundle) -> list[ConnectionRequest]:
    """What of the bundle is not filed yet, with all that its check page shows."""
    return _DRAFTS.fetch(bundle.pk)


def _client_row(
    actor: Actor, client: Client | NewClient | None, consent: bool, drafted_for: Client | None
) -> Client | None:
    """The client's row, made where it is new; `drafted_for`: whom the form was sent for before."""
    if isinstance(client, NewClient):
        ask_consent(consent)
        if drafted_for is not None and client.is_alike(drafted_for):
            return drafted_for
        return create_client(
            actor,
            name=client.name,
            phone=client.phone,
            kind=client.kind,
            email=client.email,
            consent=True,
        )
    if client is None:
        return None
    # Merged into another while the form was filled in: it is filed for the one that was kept.
    client = standing_client(client)
    if not client.has_consent:
        ask_consent(consent)
        return record_consent(actor, client)
    return client


def ask_consent(consent: bool) -> None:
    """Raises DomainError on the field `consent` unless it is given."""
    if not consent:
        raise DomainError(
            _("Ask the client whether they agree, and tick this: the provider gets their data."),
            field="consent",
        )
