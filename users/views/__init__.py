"""Pages about people and organizations: a module for each thing that one does."""

from users.views.organizations import organization_choose, organization_switch
from users.views.person import consent_document, profile

__all__ = ["consent_document", "organization_choose", "organization_switch", "profile"]
