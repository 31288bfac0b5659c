from subscriptions.models.catalogue import CategoryAttribute, Plan
from subscriptions.models.centre import (
    CostCentre,
    Finding,
    SubscriptionFile,
    SubscriptionNote,
    SubscriptionTag,
)
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
from subscriptions.models.prices import PriceChange, PriceLine
from subscriptions.models.requests import (
    Appointment,
    ConnectionRequest,
    RequestBundle,
    RequestFile,
    RequestNote,
)
from subscriptions.models.spend import CostNow, HolderReminder, Holding, Spend
from subscriptions.models.subscriptions import Commission, Subscription, SubscriptionPrice
from subscriptions.models.teams import TeamPlace
from subscriptions.models.watches import AvailabilityWatch, WatchList

__all__ = [
    "Appointment",
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
    "CostCentre",
    "CostNow",
    "CoverageRefusal",
    "Finding",
    "HolderReminder",
    "Holding",
    "Lead",
    "LeadOffer",
    "LeadRule",
    "Plan",
    "PriceChange",
    "PriceLine",
    "RequestBundle",
    "RequestFile",
    "RequestNote",
    "Spend",
    "Subscription",
    "SubscriptionFile",
    "SubscriptionNote",
    "SubscriptionPrice",
    "SubscriptionTag",
    "TeamPlace",
    "WatchList",
]
