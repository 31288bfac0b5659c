"""Invitations of clients, as the agency and as the invited see them."""

from django.db.models import Q

from subscriptions.choices import SubscriptionState
from subscriptions.models import Client, ClientInvitation, ConnectionRequest, Subscription
from subscriptions.request_workflow import OPEN_STATES
from users.services.invitations import digest_of

_LONGEST_SECRET = 100


def invitation_of_link(secret: str) -> ClientInvitation | None:
    """The invitation that a link leads to, in whatever state; None for a link that is none."""
    if len(secret) > _LONGEST_SECRET:
        return None
    rows = ClientInvitation.objects.select_related("owner", "client", "holder")
    return rows.filter(token_digest=digest_of(secret)).first()


def invitations_of(client: Client) -> list[ClientInvitation]:
    """The newest invitations of a client and of the duplicates merged into it."""
    rows = ClientInvitation.objects.filter(Q(client=client) | Q(client__merged_into=client))
    return list(rows.select_related("holder").order_by("-pk")[:5])


def holder_of(client_id: int | None) -> int | None:
    """The organization that a client has become by taking an invitation; None for most."""
    if client_id is None:
        return None
    taken = ClientInvitation.objects.filter(
        Q(client=client_id) | Q(client__merged_into=client_id), accepted_at__isnull=False
    )
    return taken.order_by("-accepted_at").values_list("holder_id", flat=True).first()


def clients_meant(invitation: ClientInvitation) -> list[int]:
    """Ids of the client an invitation was written for and of the one it was merged into since."""
    client = invitation.client
    return [pk for pk in (client.pk, client.merged_into_id) if pk is not None]


def to_be_claimed(invitation: ClientInvitation) -> list[Subscription]:
    """The subscriptions in force that taking the invitation hands over."""
    rows = Subscription.objects.filter(
        client__in=clients_meant(invitation), owner_id=invitation.owner_id, holder=None
    ).exclude(state=SubscriptionState.ENDED)
    return list(
        rows.select_related("category", "plan", "provider", "building", "unit").order_by("pk")
    )


def requests_to_be_claimed(invitation: ClientInvitation) -> int:
    """How many requests are in work whose outcome will be the new holder's too."""
    return ConnectionRequest.objects.filter(
        client__in=clients_meant(invitation),
        owner_id=invitation.owner_id,
        holder=None,
        state__in=OPEN_STATES,
    ).count()
