from subscriptions.models.catalogue import CategoryAttribute, Plan
from subscriptions.models.checklists import (
    ChecklistItem,
    ChecklistTemplate,
    ChecklistTemplateItem,
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
from subscriptions.models.custom_fields import CustomField, RequestFields
from subscriptions.models.leads import (
    AttributionDispute,
    ClientAttribution,
    Lead,
    LeadOffer,
    LeadRule,
)
from subscriptions.models.page import NoteMention, RequestRelation, RequestSeen
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
    "AttributionDispute",
    "AvailabilityWatch",
    "CategoryAttribute",
    "ChecklistItem",
    "ChecklistTemplate",
    "ChecklistTemplateItem",
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
    "CustomField",
    "Lead",
    "LeadOffer",
    "LeadRule",
    "NoteMention",
    "Plan",
    "RequestBundle",
    "RequestFields",
    "RequestFile",
    "RequestNote",
    "RequestRelation",
    "RequestSeen",
    "Subscription",
    "SubscriptionPrice",
    "TeamPlace",
    "WatchList",
]
