"""Choices of people and organizations; those that `core` speaks of too stand in `core.choices`."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.choices import OrganizationKind, Role, StaffScope

__all__ = [
    "CONSENT_VERSIONS",
    "ConsentDocument",
    "OrganizationKind",
    "RefusalReason",
    "Role",
    "SecurityKind",
    "StaffScope",
    "Theme",
    "VerificationKind",
    "VerificationState",
]


class Theme(models.TextChoices):
    AUTO = "auto", _("As on the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class VerificationKind(models.TextChoices):
    VERIFY = "VERIFY", _("Verification")
    CLAIM = "CLAIM", _("Claim of an organization that staff had entered")


class VerificationState(models.TextChoices):
    OPEN = "OPEN", _("Waiting for a decision")
    APPROVED = "APPROVED", _("Approved")
    REFUSED = "REFUSED", _("Refused")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class RefusalReason(models.TextChoices):
    """Why staff could not verify an organization."""

    UNREADABLE = "UNREADABLE", _("The document cannot be read")
    OTHER_ORGANIZATION = "OTHER_ORGANIZATION", _("The document names another organization")
    OUT_OF_DATE = "OUT_OF_DATE", _("The document is out of date")
    NO_AUTHORITY = "NO_AUTHORITY", _("The right to act for the organization is not shown")
    CLOSED = "CLOSED", _("The organization is closed in the state register")
    OTHER = "OTHER", _("Other reason")


class SecurityKind(models.TextChoices):
    """What happened to an account that its owner should know of."""

    NEW_DEVICE = "NEW_DEVICE", _("Sign-in from a new device")
    PASSWORD_CHANGED = "PASSWORD_CHANGED", _("Password changed")
    PASSWORD_RESET = "PASSWORD_RESET", _("Password set by a mailed link")
    EMAIL_CHANGED = "EMAIL_CHANGED", _("E-mail changed")
    PHONE_CHANGED = "PHONE_CHANGED", _("Phone changed")
    TOTP_ON = "TOTP_ON", _("Second factor turned on")
    TOTP_OFF = "TOTP_OFF", _("Second factor turned off")
    RECOVERY_CODES = "RECOVERY_CODES", _("New recovery codes made")
    RECOVERY_CODE_USED = "RECOVERY_CODE_USED", _("Recovery code used")
    PASSKEY_ADDED = "PASSKEY_ADDED", _("Passkey added")
    PASSKEY_REMOVED = "PASSKEY_REMOVED", _("Passkey removed")
    SESSIONS_ENDED = "SESSIONS_ENDED", _("Signed out everywhere")
    DATA_EXPORTED = "DATA_EXPORTED", _("Personal data exported")
    DELETION_ASKED = "DELETION_ASKED", _("Deletion of the account asked for")
    DELETION_CANCELLED = "DELETION_CANCELLED", _("Deletion of the account called off")


class ConsentDocument(models.TextChoices):
    PERSONAL_DATA = "PERSONAL_DATA", _("Processing of personal data")


# The version in force of each document: a changed text takes a new one.
CONSENT_VERSIONS = {ConsentDocument.PERSONAL_DATA: "2026-11"}
