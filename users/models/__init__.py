from users.models.consent import Consent
from users.models.organization import AccountManagement, Membership, Organization
from users.models.user import CustomUser

__all__ = ["AccountManagement", "Consent", "CustomUser", "Membership", "Organization"]
