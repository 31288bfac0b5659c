from subscriptions.models.assignment import AssignmentRule
from subscriptions.models.catalogue import CategoryAttribute, Plan
from subscriptions.models.centre import (
    CostCentre,
    Finding,
    SubscriptionFile,
    SubscriptionNote,
    SubscriptionTag,
)
from subscriptions.models.checklists import ChecklistItem, ChecklistTemplate, ChecklistTemplateItem
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
from subscriptions.models.deadlines import DeadlinePolicy, DeadlineRule, ProviderPace, RequestTimes
from subscriptions.models.filing import FiledAnyway, FilingDraft
from subscriptions.models.leads import (
    AttributionDispute,
    ClientAttribution,
    Lead,
    LeadOffer,
    LeadRule,
)
from subscriptions.models.page import NoteMention, RequestRelation, RequestSeen
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
from subscriptions.models.usage import Meter, MeterReading, UsageMonth, UsageRecord
from subscriptions.models.usage_limits import UsageAlert, UsageLimit, UsageSettings
from subscriptions.models.visits import (
    CalendarFeed,
    SlotException,
    SlotPattern,
    VisitLink,
    VisitReport,
    VisitSlot,
)
from subscriptions.models.watches import AvailabilityWatch, WatchList

__all__ = [
    "Appointment",
    "AssignmentRule",
    "AttributionDispute",
    "AvailabilityWatch",
    "CalendarFeed",
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
    "CostCentre",
    "CostNow",
    "CoverageRefusal",
    "CustomField",
    "DeadlinePolicy",
    "DeadlineRule",
    "FiledAnyway",
    "FilingDraft",
    "Finding",
    "HolderReminder",
    "Holding",
    "Lead",
    "LeadOffer",
    "LeadRule",
    "Meter",
    "MeterReading",
    "NoteMention",
    "Plan",
    "PriceChange",
    "PriceLine",
    "ProviderPace",
    "RequestBundle",
    "RequestFields",
    "RequestFile",
    "RequestNote",
    "RequestRelation",
    "RequestSeen",
    "RequestTimes",
    "SlotException",
    "SlotPattern",
    "Spend",
    "Subscription",
    "SubscriptionFile",
    "SubscriptionNote",
    "SubscriptionPrice",
    "SubscriptionTag",
    "TeamPlace",
    "UsageAlert",
    "UsageLimit",
    "UsageMonth",
    "UsageRecord",
    "UsageSettings",
    "VisitLink",
    "VisitReport",
    "VisitSlot",
    "WatchList",
]
