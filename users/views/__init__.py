"""Pages about people and organizations: a module for each thing that one does."""

from users.views.organizations import organization_choose, organization_switch

__all__ = ["organization_choose", "organization_switch"]
