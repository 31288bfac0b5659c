from subscriptions.models.assignment import AssignmentRule
from subscriptions.models.catalogue import CategoryAttribute, Plan
from subscriptions.models.clients import (
    Client,
    ClientAddress,
    ClientInvitation,
    ClientMerge,
    ClientTag,
    ClientTerm,
)
from subscriptions.models.coverage import CoverageRefusal
from subscriptions.models.leads import (
    AttributionDispute,
    ClientAttribution,
    Lead,
    LeadOffer,
    LeadRule,
)
from subscriptions.models.requests import (
    Appointment,
    ConnectionRequest,
    RequestBundle,
    RequestFile,
    RequestNote,
)
from subscriptions.models.subscriptions import Commission, Subscription, SubscriptionPrice
from subscriptions.models.teams import TeamPlace
from subscriptions.models.watches import AvailabilityWatch, WatchList

__all__ = [
    "Appointment",
    "AssignmentRule",
    "AttributionDispute",
    "AvailabilityWatch",
    "CategoryAttribute",
    "Client",
    "ClientAddress",
    "ClientAttribution",
    "ClientInvitation",
    "ClientMerge",
    "ClientTag",
    "ClientTerm",
    "Commission",
    "ConnectionRequest",
    "CoverageRefusal",
    "Lead",
    "LeadOffer",
    "LeadRule",
    "Plan",
    "RequestBundle",
    "RequestFile",
    "RequestNote",
    "Subscription",
    "SubscriptionPrice",
    "TeamPlace",
    "WatchList",
]
