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
    OTHER = "OTHER", _("Other reason")


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
