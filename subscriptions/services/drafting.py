"""The wizard's writing step: a client, and drafts of what was chosen at an address."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError
from locations.models import Building
from subscriptions.choices import ClientKind, RequestState
from subscriptions.models import Client, ConnectionRequest, Plan, RequestBundle
from subscriptions.selectors.availability import Option, answer
from subscriptions.services.clients import create_client, record_consent, standing_client
from subscriptions.services.requests import create_bundle, submit_bundle


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client typed in while filing."""

    name: str
    phone: str
    kind: str = ClientKind.PERSON
    email: str = ""


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
    """Makes the drafts of `create_bundle`, and the client where it is new, all or nothing.

    `plans` are public ids; each must be one that can be connected in the building today. Sent twice
    with one `form_token`, also at once, it makes one bundle and one client. Raises Forbidden,
    NotVisible, or DomainError with `field`: "plans", "unit", or one of the client's.
    """
    made = bundle_made_by(actor, form_token)
    if made is not None:
        return made
    chosen = offered_here(actor, building, plans)
    try:
        with transaction.atomic():
            row = _client_row(actor, client, consent)
            bundle = create_bundle(
                actor,
                building=building,
                unit_number=unit_number,
                plans=_plans_of(chosen),
                client=row,
                comment=comment,
                preferred_visit=preferred_visit,
                form_token=form_token,
            )
            if row is not None and not bundle.requests.filter(client=row).exists():
                raise _MadeAtOnceError(bundle)
    except _MadeAtOnceError as other:
        return other.bundle
    return bundle


def bundle_made_by(actor: Actor, form_token: UUID) -> RequestBundle | None:
    """The bundle that this form has made already."""
    return RequestBundle.objects.visible_to(actor).filter(form_token=form_token).first()


def file_drafts(
    actor: Actor, bundle: RequestBundle, *, consent: bool = False
) -> list[ConnectionRequest]:
    """Files every draft of the bundle, all or none, if all can still be connected at their address.

    `consent` says that the client has just agreed to their data being passed on. Returns all
    requests of the bundle. Raises what `submit_bundle` does.
    """
    drafts = drafts_of(bundle)
    if drafts:
        offered_here(actor, drafts[0].building, [draft.plan.public_id for draft in drafts])
    with transaction.atomic():
        if consent and drafts and drafts[0].client is not None:
            record_consent(actor, drafts[0].client)
        return submit_bundle(actor, bundle)


def drafts_of(bundle: RequestBundle) -> list[ConnectionRequest]:
    """What of the bundle is not filed yet, with all that its check page shows."""
    return list(
        bundle.requests.filter(state=RequestState.DRAFT)
        .select_related("plan", "category", "provider", "building", "unit", "client")
        .order_by("pk")
    )


def offered_here(actor: Actor, building: Building, plans: Sequence[str]) -> list[Option]:
    """The options of `plans` (public ids) that can be filed in the building, in the answer's order.

    Raises DomainError with field "plans" when there are none, or naming those that cannot.
    """
    wanted = set(plans)
    chosen = [
        option for option in answer(building, actor=actor).chosen(wanted) if option.can_be_filed
    ]
    missing = wanted - {option.plan for option in chosen}
    if missing:
        raise DomainError(_gone(missing), field="plans")
    if not chosen:
        raise DomainError(_("Choose at least one plan."), field="plans")
    return chosen


def _gone(plans: set[str]) -> str:
    names = Plan.objects.filter(public_id__in=plans, provider__is_active=True).values_list(
        "name", "provider__name"
    )
    written = ", ".join(sorted(f"“{name}” ({provider})" for name, provider in names))
    if not written:
        return _("A plan that was chosen is no longer on sale. Choose again.")
    return _("Not connected at this address any more: %(plans)s. Choose again.") % {
        "plans": written
    }


def _plans_of(options: Sequence[Option]) -> list[Plan]:
    """The rows of the options, in their order."""
    rows = Plan.objects.select_related("provider", "category").in_bulk(
        [option.plan_id for option in options]
    )
    return [rows[option.plan_id] for option in options if option.plan_id in rows]


def _client_row(actor: Actor, client: Client | NewClient | None, consent: bool) -> Client | None:
    if isinstance(client, NewClient):
        ask_consent(consent)
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
