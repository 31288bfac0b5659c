"""How events of clients and their invitations are told."""

from collections.abc import Collection

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.notifications import Subject, Telling, presenter, sentence
from subscriptions.models import Client, ClientInvitation

CLIENT, INVITATION = (model._meta.label_lower for model in (Client, ClientInvitation))


@presenter(CLIENT)
def present_clients(ids: Collection[int]) -> dict[int, Subject]:
    rows = Client.objects.filter(pk__in=ids).values_list("pk", "name", "public_id")
    return {
        pk: Subject(name, reverse("client_detail", args=[public_id]))
        for pk, name, public_id in rows
    }


@presenter(INVITATION)
def present_invitations(ids: Collection[int]) -> dict[int, Subject]:
    """As who took them over reads of them: by the organization that filed."""
    rows = ClientInvitation.objects.filter(pk__in=ids).values_list("pk", "owner__name")
    return {pk: Subject(name, reverse("subscription_list")) for pk, name in rows}


@sentence("client.consent_withdrawn")
def withdrawn(telling: Telling) -> str:
    return _("the client has withdrawn their consent: decide what becomes of requests in work")


@sentence("client.claimed")
def claimed(telling: Telling) -> str:
    return _("the client has taken over their subscriptions")


@sentence("subscriptions.received")
def received(telling: Telling) -> str:
    count = int(telling.data.get("subscriptions", 0))
    return ngettext(
        "%(count)s subscription is yours to manage now",
        "%(count)s subscriptions are yours to manage now",
        count,
    ) % {"count": count}
