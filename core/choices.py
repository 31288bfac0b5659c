"""Choices that every floor of the house speaks of."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrganizationKind(models.TextChoices):
    AGENCY = "AGENCY", _("Agency")
    BUILDER = "BUILDER", _("Builder")
    PROVIDER = "PROVIDER", _("Provider")
    COMPANY = "COMPANY", _("Company")
    PERSON = "PERSON", _("Private person")


class Role(models.TextChoices):
    OWNER = "OWNER", _("Owner")
    MANAGER = "MANAGER", _("Manager")
    MEMBER = "MEMBER", _("Member")
    VIEWER = "VIEWER", _("Viewer")

    @property
    def rank(self) -> int:
        """0 for the role that may least, 3 for the one that may most."""
        return _RANK[self]


_RANK = {Role.VIEWER: 0, Role.MEMBER: 1, Role.MANAGER: 2, Role.OWNER: 3}


class StaffScope(models.TextChoices):
    """What a staff member may do in the portal (DOMAIN.md, Staff)."""

    SUPPORT = "SUPPORT", _("Support")
    ACCOUNT_MANAGER = "ACCOUNT_MANAGER", _("Account manager")
    # Pages, menus and settings in Django admin; nothing in the portal.
    CONTENT = "CONTENT", _("Content editor")
    ADMIN = "ADMIN", _("Administrator")


class Via(models.TextChoices):
    """The door through which an act came."""

    WEB = "WEB", _("Portal")
    API = "API", _("API")
    STAFF = "STAFF", _("Staff")
    ADMIN = "ADMIN", _("Administration")
    SYSTEM = "SYSTEM", _("System")
    IMPORT = "IMPORT", _("Import")
    # By a link in a letter, without an account.
    LINK = "LINK", _("Link")


class PartyRole(models.TextChoices):
    """Which side of a subject an organization stands on."""

    OWNER = "OWNER", _("Owner")
    PROVIDER = "PROVIDER", _("Provider")
    HOLDER = "HOLDER", _("Holder")
    # The staff: no organization stands here.
    SUPPORT = "SUPPORT", _("Support")
