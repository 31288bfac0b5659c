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
from subscriptions.models.usage import Meter, MeterReading, UsageMonth, UsageRecord
from subscriptions.models.usage_limits import UsageAlert, UsageLimit, UsageSettings
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
    "CoverageRefusal",
    "Lead",
    "LeadOffer",
    "LeadRule",
    "Meter",
    "MeterReading",
    "Plan",
    "RequestBundle",
    "RequestFile",
    "RequestNote",
    "Subscription",
    "SubscriptionPrice",
    "TeamPlace",
    "UsageAlert",
    "UsageLimit",
    "UsageMonth",
    "UsageRecord",
    "UsageSettings",
    "WatchList",
]
