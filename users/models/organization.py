"""The tenant, and who may do what in it."""

from datetime import time
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from core.actor import Actor
from core.choices import OrganizationKind, Role, StaffScope
from core.ids import new_public_id
from users.models.fields import FoldedField
from users.time_zones import validate_time_zone

if TYPE_CHECKING:
    from users.models.user import CustomUser


class OrganizationQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The organizations an actor may act for or read of: its own; for staff those in charge."""
        if actor.system or actor.is_admin:
            return self
        if actor.user is None:
            return self.none()
        if actor.staff is not None:
            return self.in_charge_of(actor.user, actor.staff)
        if actor.leave is not None:
            return self.filter(pk=actor.organization_id)
        return self.filter(memberships__user=actor.user, memberships__is_active=True)

    def in_charge_of(self, user: "CustomUser", scope: StaffScope) -> Self:
        """The organizations that a staff member acts for: all, those assigned, or none."""
        if scope == StaffScope.ADMIN:
            return self
        if scope == StaffScope.ACCOUNT_MANAGER:
            return self.filter(account_managers__user=user)
        return self.none()

    def working_providers(self) -> Self:
        """Providers that may receive requests and publish plans: verified, or worked by staff."""
        return self.filter(kind=OrganizationKind.PROVIDER, is_active=True).filter(
            models.Q(verified_at__isnull=False) | models.Q(is_claimed=False)
        )


class Organization(models.Model):
    """A tenant: an agency, a builder, a provider, a company, or one private person."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=OrganizationKind.choices)
    name = models.CharField(_("name"), max_length=200)
    search_name = FoldedField("name")
    about = models.TextField(_("about"), max_length=2000, blank=True)
    website = models.URLField(_("website"), blank=True)
    logo = models.ImageField(_("logo"), upload_to="organizations", blank=True)
    # Requisites: what stands in contracts and acts.
    legal_name = models.CharField(_("full legal name"), max_length=300, blank=True)
    legal_address = models.CharField(_("legal address"), max_length=300, blank=True)
    inn = models.CharField(_("INN"), max_length=12, blank=True, db_index=True)
    kpp = models.CharField(_("KPP"), max_length=9, blank=True)
    ogrn = models.CharField(_("OGRN"), max_length=15, blank=True)
    bank_name = models.CharField(_("bank"), max_length=200, blank=True)
    bank_bic = models.CharField(_("BIC"), max_length=9, blank=True)
    bank_account = models.CharField(_("account"), max_length=20, blank=True)
    bank_correspondent = models.CharField(_("correspondent account"), max_length=20, blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    time_zone = models.CharField(
        _("time zone"),
        max_length=40,
        default=settings.DEFAULT_VIEWER_TIME_ZONE,
        validators=[validate_time_zone],
    )
    # Working hours of a provider's calendar: deadlines run in them.
    opens_at = models.TimeField(_("opens at"), default=time(9))
    closes_at = models.TimeField(_("closes at"), default=time(18))
    works_weekends = models.BooleanField(_("works on weekends and holidays"), default=False)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    is_claimed = models.BooleanField(
        _("on the portal"), default=True, help_text=_("Off: staff work its requests.")
    )
    is_sandbox = models.BooleanField(_("sandbox"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("registered"))

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ["name"]
        indexes = [
            models.Index(fields=["kind", "name"], name="organization_kind"),
            # The switcher of staff and the search of the admin: the beginning of a name.
            models.Index(fields=["search_name", "id"], name="organization_search"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_working_provider(self) -> bool:
        """Whether it may receive requests (see `OrganizationQuerySet.working_providers`)."""
        return (
            self.kind == OrganizationKind.PROVIDER
            and self.is_active
            and (self.verified_at is not None or not self.is_claimed)
        )

    @property
    def is_verifiable(self) -> bool:
        """Whether it is of a kind that the portal verifies (DOMAIN.md, Verification).

        An agency need not be, but for leads: visitors trust the portal with their phones.
        """
        return self.kind == OrganizationKind.AGENCY or self.needs_verification

    @property
    def needs_verification(self) -> bool:
        """Whether it receives nobody's data and publishes nothing until it is verified."""
        return self.kind in (OrganizationKind.PROVIDER, OrganizationKind.BUILDER)

    @property
    def awaits_verification(self) -> bool:
        """Whether it is told, on every page, that its work cannot begin yet."""
        return self.needs_verification and self.is_claimed and self.verified_at is None


class OrganizationDay(models.Model):
    """A day on which an organization's calendar differs from the country's: off, or worked."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="days")
    day = models.DateField(_("day"))
    is_working = models.BooleanField(_("working day"), default=False)
    note = models.CharField(_("note"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("day of the calendar")
        verbose_name_plural = _("days of the calendar")
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "day"], name="organization_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.day}"


class Team(models.Model):
    """Members who work together; of a company's team one sees its places alone, if it has any."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="teams")
    name = models.CharField(_("name"), max_length=100)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="team_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in an organization."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    team = models.ForeignKey(
        Team,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("team"),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("joined"))
    # The switcher opens with the organization used last.
    used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["user", "organization"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} @ {self.organization_id}: {self.role}"


class AccountManagement(models.Model):
    """An organization that an account manager (KAM) looks after."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="managed")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="account_managers")
    created_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("account manager")
        verbose_name_plural = _("account managers")
        constraints = [
            models.UniqueConstraint(fields=["user", "organization"], name="account_manager_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} → {self.organization_id}"
