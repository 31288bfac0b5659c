"""Choices of plans, requests and subscriptions. Stored values are the words of PRODUCT.md."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RequestKind(models.TextChoices):
    CONNECT = "CONNECT", _("Connection")
    CHANGE_PLAN = "CHANGE_PLAN", _("Change of plan")
    RELOCATE = "RELOCATE", _("Relocation")
    SUSPEND = "SUSPEND", _("Suspension")
    RESUME = "RESUME", _("Resumption")
    DISCONNECT = "DISCONNECT", _("Disconnection")


class RequestState(models.TextChoices):
    DRAFT = "DRAFT", _("Draft")
    SUBMITTED = "SUBMITTED", _("Filed")
    CHECKING = "CHECKING", _("Checking")
    NEEDS_INFO = "NEEDS_INFO", _("Needs information")
    APPROVED = "APPROVED", _("Approved")
    SCHEDULED = "SCHEDULED", _("Visit scheduled")
    IN_PROGRESS = "IN_PROGRESS", _("Installation")
    ON_HOLD = "ON_HOLD", _("On hold")
    CONNECTED = "CONNECTED", _("Connected")
    REJECTED = "REJECTED", _("Rejected")
    CANCELLED = "CANCELLED", _("Cancelled")


class BundleState(models.TextChoices):
    """Where requests filed together stand as one; derived, never stored."""

    DRAFT = "DRAFT", _("Not filed")
    IN_WORK = "IN_WORK", _("In work")
    DONE = "DONE", _("All done")
    PARTLY = "PARTLY", _("Partly done")
    NONE = "NONE", _("Nothing came of it")


class Side(models.TextChoices):
    """Who stands where around a request."""

    AGENT = "AGENT", _("Agent side")
    PROVIDER = "PROVIDER", _("Provider side")
    STAFF = "STAFF", _("Staff")


class RejectReason(models.TextChoices):
    NO_PORT = "NO_PORT", _("No free port")
    NO_LINE = "NO_LINE", _("No line to the building")
    NO_ACCESS = "NO_ACCESS", _("No access to the building")
    DEBT = "DEBT", _("Debt at the address")
    DUPLICATE = "DUPLICATE", _("Duplicate of another request")
    IMPOSSIBLE_ON_SITE = "IMPOSSIBLE_ON_SITE", _("Impossible on site")
    OTHER = "OTHER", _("Other reason")


class CancelReason(models.TextChoices):
    CLIENT_REFUSED = "CLIENT_REFUSED", _("The client changed their mind")
    OTHER_PROVIDER = "OTHER_PROVIDER", _("Another provider was chosen")
    NO_CONTACT = "NO_CONTACT", _("The client cannot be reached")
    MISTAKE = "MISTAKE", _("Filed by mistake")
    SERVICE_ENDED = "SERVICE_ENDED", _("The service has ended")
    # Of drafts alone: the form of a move does not offer it.
    DISCARDED = "DISCARDED", _("Removed before it was filed")
    OTHER = "OTHER", _("Other reason")


class Awaited(models.TextChoices):
    """Whom a request on hold waits for."""

    CLIENT = "CLIENT", _("The client")
    MANAGEMENT = "MANAGEMENT", _("The management company")
    SUPPLIER = "SUPPLIER", _("The provider's supplier")
    OTHER = "OTHER", _("Someone else")


class WarnBy(models.TextChoices):
    """What says that a deadline is near."""

    SHARE = "SHARE", _("Share of the time that is left, %")
    HOURS = "HOURS", _("Working hours that are left")
    NEVER = "NEVER", _("Do not warn")


class SubscriptionState(models.TextChoices):
    ACTIVE = "ACTIVE", _("In force")
    SUSPENDED = "SUSPENDED", _("Suspended")
    ENDED = "ENDED", _("Ended")


class PriceReason(models.TextChoices):
    """Why a subscription costs what it does from a day on."""

    STARTED = "STARTED", _("Connected")
    PLAN_CHANGED = "PLAN_CHANGED", _("Plan changed")
    PRICE_CHANGED = "PRICE_CHANGED", _("Price changed")
    SUSPENDED = "SUSPENDED", _("Suspended")
    RESUMED = "RESUMED", _("Resumed")


class ExitRule(models.TextChoices):
    """What ending a subscription before the end of its term costs."""

    NONE = "NONE", _("Nothing")
    FIXED = "FIXED", _("Fixed amount")
    REMAINING = "REMAINING", _("Share of the prices of the months left, %")


class PriceChangeState(models.TextChoices):
    PREPARING = "PREPARING", _("Being prepared")
    ANNOUNCED = "ANNOUNCED", _("Announced")
    APPLIED = "APPLIED", _("In force")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class PriceLineState(models.TextChoices):
    WAITING = "WAITING", _("Waiting")
    APPLIED = "APPLIED", _("Applied")
    # Ended meanwhile, or on another plan.
    SKIPPED = "SKIPPED", _("Left out")


class DocumentKind(models.TextChoices):
    CONTRACT = "CONTRACT", _("Contract")
    ACT = "ACT", _("Act")
    INVOICE = "INVOICE", _("Invoice")


class CostBy(models.TextChoices):
    """What costs are summed up by."""

    TOTAL = "TOTAL", _("In all")
    CATEGORY = "CATEGORY", _("Service")
    CITY = "CITY", _("City")
    BUILDING = "BUILDING", _("Building")
    PROVIDER = "PROVIDER", _("Provider")
    CENTRE = "CENTRE", _("Cost centre")


class FindingKind(models.TextChoices):
    DOUBLED = "DOUBLED", _("Looks doubled")
    OVERPRICED = "OVERPRICED", _("Costs more than need be")


class FindingState(models.TextChoices):
    OPEN = "OPEN", _("Open")
    DISMISSED = "DISMISSED", _("Dismissed")
    # No longer so: ended, changed, no longer on sale.
    GONE = "GONE", _("No longer so")


class ReminderKind(models.TextChoices):
    TERM_30 = "TERM_30", _("Term ends in 30 days")
    TERM_7 = "TERM_7", _("Term ends in 7 days")
    SUSPENSION_3 = "SUSPENSION_3", _("Suspension ends in 3 days")


class CommissionRule(models.TextChoices):
    NONE = "NONE", _("No commission")
    FIXED = "FIXED", _("Fixed amount")
    FEE_SHARE = "FEE_SHARE", _("Share of the connection fee, %")
    MONTHS = "MONTHS", _("Monthly prices")


class SaleState(models.TextChoices):
    """Where a plan stands on a day."""

    ON_SALE = "ON_SALE", _("On sale")
    LATER = "LATER", _("On sale later")
    OVER = "OVER", _("No longer on sale")
    HIDDEN = "HIDDEN", _("Not published")


class ClientKind(models.TextChoices):
    PERSON = "PERSON", _("Person")
    COMPANY = "COMPANY", _("Company")


class AppointmentState(models.TextChoices):
    HELD = "HELD", _("Held")
    CONFIRMED = "CONFIRMED", _("Confirmed")
    DONE = "DONE", _("Done")
    CANCELLED = "CANCELLED", _("Cancelled")


class SlotExceptionKind(models.TextChoices):
    """How a day differs from the pattern of its week."""

    CLOSED = "CLOSED", _("Closed")
    CAPACITY = "CAPACITY", _("Another capacity")
    EXTRA = "EXTRA", _("Extra slot")


class FeedScope(models.TextChoices):
    """Whose visits a calendar feed holds."""

    OWN = "OWN", _("My visits")
    TEAM = "TEAM", _("Visits of a crew")
    ALL = "ALL", _("All visits")


class AssignmentMethod(models.TextChoices):
    """How a rule chooses who works a request."""

    FIXED = "FIXED", _("One person")
    ROUND_ROBIN = "ROUND_ROBIN", _("In turn")
    LEAST_LOAD = "LEAST_LOAD", _("Who has the fewest open")


class LeadState(models.TextChoices):
    NEW = "NEW", _("New")
    OFFERED = "OFFERED", _("Offered to an agency")
    TAKEN = "TAKEN", _("Taken")
    UNROUTED = "UNROUTED", _("No agency for it")
    SPAM = "SPAM", _("Spam")
    CLOSED = "CLOSED", _("Closed")


class LeadHold(models.TextChoices):
    """What made a lead look like spam."""

    TRAP = "TRAP", _("A field that people do not see was filled in")
    HASTE = "HASTE", _("Sent faster than anyone types")
    LINKS = "LINKS", _("Links in the text")
    FLOOD = "FLOOD", _("Too many from one address or phone")


class WatchState(models.TextChoices):
    """How far an awaited availability is."""

    UNCONFIRMED = "UNCONFIRMED", _("Awaits confirmation")
    WAITING = "WAITING", _("Waiting")
    TOLD = "TOLD", _("Has appeared")
    CANCELLED = "CANCELLED", _("Cancelled")
    EXPIRED = "EXPIRED", _("Ran out")


class LeadOfferState(models.TextChoices):
    OPEN = "OPEN", _("Waiting")
    TAKEN = "TAKEN", _("Taken")
    PASSED = "PASSED", _("Passed on")
    EXPIRED = "EXPIRED", _("Deadline missed")


class AttributionSource(models.TextChoices):
    LEAD = "LEAD", _("Lead from the site")
    REQUEST = "REQUEST", _("Request filed")


class DisputeState(models.TextChoices):
    OPEN = "OPEN", _("Waiting for a decision")
    UPHELD = "UPHELD", _("Decided for the claimant")
    DISMISSED = "DISMISSED", _("Decided for the first agency")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class FileKind(models.TextChoices):
    """What a file of a request is."""

    OTHER = "OTHER", _("Document")
    ACT = "ACT", _("Act")
    OBJECT_PASSPORT = "PASSPORT", _("Passport of the object")
    PHOTO = "PHOTO", _("Photo")


class FieldKind(models.TextChoices):
    """What may be typed into a field of a provider's own."""

    TEXT = "TEXT", _("Line of text")
    LINES = "LINES", _("Several lines")
    NUMBER = "NUMBER", _("Number")
    DATE = "DATE", _("Date")
    CHOICE = "CHOICE", _("One of a list")
    FLAG = "FLAG", _("Yes or no")


class FieldSide(models.TextChoices):
    """Whose a field of a provider's own is: to see, or to fill in."""

    BOTH = "BOTH", _("Both sides")
    AGENT = "AGENT", _("Who files")
    PROVIDER = "PROVIDER", _("The provider alone")


class FieldNeeded(models.TextChoices):
    """Without what a request goes no further: names of transitions, or never."""

    NEVER = "", _("Need not be filled in")
    SUBMIT = "submit", _("To file the request")
    APPROVE = "approve", _("To approve it")
    SCHEDULE = "schedule", _("To schedule a visit")
    CONNECT = "connect", _("To mark it as connected")


class RelationKind(models.TextChoices):
    """What one request is to another that was named by hand."""

    RELATED = "RELATED", _("Is connected with")
    BLOCKS = "BLOCKS", _("Holds up")
    REPLACES = "REPLACES", _("Is filed instead of")


# Kinds of requests by which something is installed; the others change what is there.
INSTALLING = frozenset({RequestKind.CONNECT, RequestKind.RELOCATE})


class UsageUnit(models.TextChoices):
    """What use is measured in; the labels are the signs of the units."""

    GB = "GB", _("GB")
    KWH = "KWH", _("kWh")
    M3 = "M3", _("m³")
    GCAL = "GCAL", _("Gcal")
    MINUTES = "MINUTES", _("min")


class Tariff(models.TextChoices):
    """How many registers a meter has; the zones of each are in `usage_rules.ZONES`."""

    SINGLE = "SINGLE", _("One figure")
    DAY_NIGHT = "DAY_NIGHT", _("Day and night")
    PEAK = "PEAK", _("Peak, half-peak and night")


class UsageZone(models.TextChoices):
    """A register of a meter, or the part of the day that a figure is for."""

    ALL = "ALL", _("In all")
    DAY = "DAY", _("Day")
    NIGHT = "NIGHT", _("Night")
    PEAK = "PEAK", _("Peak")
    HALF_PEAK = "HALF_PEAK", _("Half-peak")


class UsageSource(models.TextChoices):
    """How a reading or a figure of use came to be known."""

    INITIAL = "INITIAL", _("Installation")
    HAND = "HAND", _("By hand")
    IMPORT = "IMPORT", _("From a file")
    PROVIDER = "PROVIDER", _("From the provider")
    API = "API", _("API")
    METER = "METER", _("By readings")


class ReadingState(models.TextChoices):
    ACCEPTED = "ACCEPTED", _("Accepted")
    DOUBTFUL = "DOUBTFUL", _("To be checked")
    REFUSED = "REFUSED", _("Refused")
    SUPERSEDED = "SUPERSEDED", _("Corrected")


class LimitKind(models.TextChoices):
    """What a holder wants to be told of."""

    AMOUNT = "AMOUNT", _("More than an amount a month")
    RISE = "RISE", _("A sudden rise")
    NO_READING = "NO_READING", _("No reading by a day of the month")
