"""What `subscriptions` keeps of a person who signs in.

What they wrote and filed for an organization is the organization's: it stays, and its author
becomes a deleted account. Clients of a portfolio are other people, looked after by its owner.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.choices import OrganizationKind
from core.personal_data import erases, exports, exports_files
from core.personal_data.registry import Row
from subscriptions import usage_personal_data  # noqa: F401
from subscriptions.choices import FieldSide
from subscriptions.models import (
    AvailabilityWatch,
    CalendarFeed,
    Client,
    ClientInvitation,
    ClientTag,
    ConnectionRequest,
    CostCentre,
    CustomField,
    FiledAnyway,
    FilingDraft,
    Finding,
    Plan,
    RequestFields,
    RequestFile,
    RequestNote,
    RequestSeen,
    Subscription,
    SubscriptionFile,
    SubscriptionNote,
    SubscriptionTag,
    VisitReport,
    WatchList,
)
from subscriptions.request_workflow import state_label
from subscriptions.selectors.custom_fields import value_in_words
from subscriptions.services.requests.mentions import with_names
from users.erasure import own_organizations

BATCH = 500


@exports(
    "notes",
    _("Your notes on requests"),
    order=60,
    fields={"at": _("Time"), "request": _("Request"), "text": _("Note")},
)
def notes(user: Any) -> Iterable[Row]:
    written = RequestNote.objects.filter(author=user).select_related("request").order_by("pk")
    for row in written.iterator(BATCH):
        yield {
            "at": row.created_at,
            "request": row.request.number,
            "text": with_names(row.text, {}, gettext("colleague")),
        }


@exports(
    "requests",
    _("Requests you created"),
    order=62,
    fields={
        "created": _("Created"),
        "number": _("Number"),
        "state": _("State"),
        "comment": _("Comment"),
        "preferred_visit": _("Convenient time for a visit"),
    },
)
def requests(user: Any) -> Iterable[Row]:
    for row in ConnectionRequest.objects.filter(created_by=user).order_by("pk").iterator(BATCH):
        yield {
            "created": row.created_at,
            "number": row.number,
            "state": state_label(row),
            "comment": row.comment,
            "preferred_visit": row.preferred_visit,
        }


@exports(
    "filing_drafts",
    _("Requests you began to file"),
    order=63,
    fields={
        "changed": _("Changed"),
        "address": _("Address"),
        "unit": _("Flat or office"),
        "name": _("Client's name"),
        "phone": _("Phone"),
        "email": _("E-mail"),
        "comment": _("Comment"),
        "preferred_visit": _("Convenient time for a visit"),
    },
)
def filing_drafts(user: Any) -> Iterable[Row]:
    rows = FilingDraft.objects.filter(created_by=user).select_related("building").order_by("pk")
    for row in rows:
        words = ("name", "phone", "email", "comment", "preferred_visit")
        yield {
            "changed": row.updated_at,
            "address": row.building.address,
            "unit": row.unit_number,
            **{name: row.typed.get(name, "") for name in words},
        }


@exports(
    "client_invitations",
    _("Invitations to hold your subscriptions"),
    order=64,
    fields={"email": _("E-mail"), "created": _("Sent"), "from": _("From")},
)
def client_invitations(user: Any) -> Iterable[Row]:
    rows = ClientInvitation.objects.filter(email__iexact=user.email).select_related("owner")
    for row in rows.order_by("pk"):
        yield {"email": row.email, "created": row.created_at, "from": row.owner.name}


@exports(
    "own_clients",
    _("People in the portfolio that is yours alone"),
    order=66,
    fields={
        "name": _("Name"),
        "phone": _("Phone"),
        "email": _("E-mail"),
        "comment": _("Comment"),
    },
)
def own_clients(user: Any) -> Iterable[Row]:
    for row in Client.objects.filter(owner__in=_private(user)).order_by("pk").iterator(BATCH):
        yield {
            "name": row.name,
            "phone": row.phone,
            "email": row.email,
            "comment": row.comment,
        }


@exports(
    "watches",
    _("What you wait for"),
    order=68,
    fields={
        "created": _("Created"),
        "address": _("Address"),
        "service": _("Service"),
        "state": _("State"),
        "email": _("E-mail"),
    },
)
def watches(user: Any) -> Iterable[Row]:
    rows = AvailabilityWatch.objects.filter(Q(created_by=user) | _asked_by_mail(user))
    for row in rows.select_related("building", "category").order_by("pk").iterator(BATCH):
        yield {
            "created": row.created_at,
            "address": row.building.address,
            "service": row.category.name,
            "state": row.get_state_display(),
            "email": row.email,
        }


@exports(
    "calendar_feeds",
    _("Your calendar feeds"),
    order=70,
    fields={"created": _("Created"), "scope": _("What it holds"), "read": _("Last read")},
)
def calendar_feeds(user: Any) -> Iterable[Row]:
    for row in CalendarFeed.objects.filter(user=user).order_by("pk"):
        yield {
            "created": row.created_at,
            "scope": row.get_scope_display(),
            "read": row.read_at,
        }


@exports(
    "request_details",
    _("What you filled in for yourself"),
    order=69,
    fields={"number": _("Number"), "values": _("What is filled in")},
)
def request_details(user: Any) -> Iterable[Row]:
    rows = RequestFields.objects.filter(request__owner__in=_private(user)).select_related("request")
    for row in rows.order_by("pk").iterator(BATCH):
        labels = CustomField.objects.filter(
            provider_id=row.request.provider_id, public_id__in=row.values, seen_by=FieldSide.BOTH
        )
        words = (f"{one.label}: {value_in_words(one, row.values[one.code])}" for one in labels)
        yield {"number": row.request.number, "values": "; ".join(words)}


@exports(
    "subscription_notes",
    _("Your notes on subscriptions that are yours alone"),
    order=70,
    fields={"at": _("Time"), "subscription": _("Subscription"), "text": _("Note")},
)
def subscription_notes(user: Any) -> Iterable[Row]:
    rows = SubscriptionNote.objects.filter(owner__in=_private(user)).select_related("subscription")
    for row in rows.order_by("pk").iterator(BATCH):
        yield {"at": row.updated_at, "subscription": row.subscription.number, "text": row.text}


@exports(
    "own_subscriptions",
    _("Services that you hold yourself"),
    order=71,
    fields={
        "number": _("Number"),
        "address": _("Address"),
        "plan": _("Plan"),
        "contract": _("Contract"),
        "account": _("Personal account"),
        "since": _("In force since"),
    },
)
def own_subscriptions(user: Any) -> Iterable[Row]:
    rows = Subscription.objects.filter(holder__in=_private(user)).select_related("building", "plan")
    for row in rows.order_by("pk").iterator(BATCH):
        yield {
            "number": row.number,
            "address": row.building.address,
            "plan": row.plan.name,
            "contract": row.contract_number,
            "account": row.account_number,
            "since": row.started_at,
        }


@exports_files("subscriptions")
def subscription_files(user: Any) -> Iterable[tuple[str, FieldFile]]:
    for row in SubscriptionFile.objects.filter(uploaded_by=user).order_by("pk").iterator(BATCH):
        yield row.name, row.file


@exports_files("requests")
def request_files(user: Any) -> Iterable[tuple[str, FieldFile]]:
    for row in RequestFile.objects.filter(uploaded_by=user).order_by("pk").iterator(BATCH):
        yield row.name, row.file


# Before the person's places in organizations go: these say what is private.
@erases(order=15)
def erase_private_requests(user: Any) -> None:
    """What a private person filed, wrote and added for themselves, and their invitations."""
    invitations = ClientInvitation.objects.filter(email__iexact=user.email)
    invitations.update(email="", open_key=None)
    own = _private(user)
    for row in RequestFile.objects.filter(request__owner__in=own, uploaded_by=user):
        for stored in (row.file, row.thumbnail, row.preview):
            stored.delete(save=False)
        row.delete()
    RequestFields.objects.filter(request__owner__in=own).delete()
    RequestSeen.objects.filter(user=user).delete()
    RequestNote.objects.filter(request__owner__in=own, author=user).update(text="")
    # Signatures are files of whoever brought them: what was signed is theirs to keep as a paper.
    VisitReport.objects.filter(visit__request__owner__in=own).update(signed_name="", note="")
    ConnectionRequest.objects.filter(owner__in=own).update(
        comment="", preferred_visit="", reason_text=""
    )
    for client in Client.objects.filter(owner__in=own).iterator(BATCH):
        client.terms.all().delete()
        client.addresses.all().delete()
        client.name, client.phone, client.email, client.comment = "", "", "", ""
        client.save()
    ClientTag.objects.filter(owner__in=own).delete()


@erases(order=15)
def erase_filing_drafts(user: Any) -> None:
    """What they began to file, and why their own organization filed something once more."""
    FilingDraft.objects.filter(created_by=user).delete()
    FiledAnyway.objects.filter(request__owner__in=_private(user)).update(reason="")


@erases(order=16)
def revoke_calendar_feeds(user: Any) -> None:
    CalendarFeed.objects.filter(user=user).delete()


@erases(order=16)
def erase_private_subscriptions(user: Any) -> None:
    """What a private person kept beside their services; the services themselves are two-sided."""
    own = _private(user)
    for row in SubscriptionFile.objects.filter(organization__in=own, uploaded_by=user):
        row.file.delete(save=False)
        row.delete()
    SubscriptionNote.objects.filter(owner__in=own).delete()
    SubscriptionTag.objects.filter(owner__in=own).delete()
    CostCentre.objects.filter(owner__in=own).delete()
    Finding.objects.filter(owner__in=own).delete()
    Finding.objects.filter(decided_by=user).update(decided_by=None)
    Subscription.objects.filter(holder__in=own).update(contract_number="", account_number="")
    for plan in Plan.objects.filter(private_to__in=own).iterator(BATCH):
        plan.name = plan.category.name
        plan.save()


@erases(order=17)
def erase_watches(user: Any) -> None:
    """What they asked for by mail, and what their organization of one waits for."""
    AvailabilityWatch.objects.filter(_asked_by_mail(user)).delete()
    AvailabilityWatch.objects.filter(owner__in=_private(user)).delete()
    WatchList.objects.filter(owner__in=_private(user)).delete()


def _asked_by_mail(user: Any) -> Q:
    """Watches of a visitor are kept by the address in lower case."""
    return Q(owner__isnull=True, email=user.email.lower()) & ~Q(email="")


def _private(user: Any) -> QuerySet:
    return own_organizations(user).filter(kind=OrganizationKind.PERSON)
