from subscriptions.models.catalogue import CategoryAttribute, Plan
from subscriptions.models.clients import Client, ClientTerm
from subscriptions.models.requests import (
    Appointment,
    ConnectionRequest,
    RequestBundle,
    RequestFile,
    RequestNote,
)
from subscriptions.models.subscriptions import Commission, Subscription

__all__ = [
    "Appointment",
    "CategoryAttribute",
    "Client",
    "ClientTerm",
    "Commission",
    "ConnectionRequest",
    "Plan",
    "RequestBundle",
    "RequestFile",
    "RequestNote",
    "Subscription",
]
