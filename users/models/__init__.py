from users.models.consent import Consent
from users.models.invitation import Invitation
from users.models.organization import (
    AccountManagement,
    Membership,
    Organization,
    OrganizationDay,
    Team,
)
from users.models.security import SecurityRecord, SupportAccess
from users.models.user import CustomUser
from users.models.verification import Verification, VerificationDocument

__all__ = [
    "AccountManagement",
    "Consent",
    "CustomUser",
    "Invitation",
    "Membership",
    "Organization",
    "OrganizationDay",
    "SecurityRecord",
    "SupportAccess",
    "Team",
    "Verification",
    "VerificationDocument",
]
