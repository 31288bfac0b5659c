"""Choices of people and organizations; those that `core` speaks of too stand in `core.choices`."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.choices import OrganizationKind, Role, StaffScope

__all__ = ["CONSENT_VERSIONS", "ConsentDocument", "OrganizationKind", "Role", "StaffScope"]


class ConsentDocument(models.TextChoices):
    PERSONAL_DATA = "PERSONAL_DATA", _("Processing of personal data")


# The version in force of each document: a changed text takes a new one.
CONSENT_VERSIONS = {ConsentDocument.PERSONAL_DATA: "2026-11"}
