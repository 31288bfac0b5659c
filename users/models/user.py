"""A person who signs in."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from core.choices import StaffScope
from core.ids import new_public_id
from users.choices import Theme
from users.models.fields import FoldedField
from users.time_zones import validate_time_zone

if TYPE_CHECKING:
    from users.models.organization import Membership


# The addresses of erased accounts lie in a domain that can never exist (RFC 2606).
ERASED_DOMAIN = "erased.invalid"


def normalize_email(email: str) -> str:
    """One spelling of an address: letters folded, so that no two accounts differ by case."""
    return email.strip().lower()


class UserManager(BaseUserManager["CustomUser"]):
    def get_by_natural_key(self, email: str | None) -> "CustomUser":
        return self.get(email=normalize_email(email or ""))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "CustomUser":
        """A person, with a usable password if one is given. Raises ValueError without e-mail."""
        if not email:
            raise ValueError("A person needs an e-mail address.")
        user = self.model(email=normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "CustomUser":
        from allauth.account.models import EmailAddress

        fields |= {"is_staff": True, "is_superuser": True, "staff_scope": StaffScope.ADMIN}
        user = self.create_user(email, password, **fields)
        # Made at the operator's own terminal: nobody else can vouch for the address.
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        return user


class CustomUser(AbstractBaseUser, PermissionsMixin):
    """A person: e-mail (always confirmed) and a password; organizations come by membership."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    email = models.EmailField(
        _("e-mail"), unique=True, error_messages={"unique": _("This address is already in use.")}
    )
    # Confirmed by a code, or by staff: one may sign in with it.
    phone = PhoneNumberField(_("phone"), null=True, blank=True, unique=True)
    full_name = models.CharField(_("full name"), max_length=150, blank=True)
    search_name = FoldedField("full_name")
    time_zone = models.CharField(
        _("time zone"),
        max_length=40,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("Empty: that of the organization."),
    )
    language = models.CharField(
        _("language"), max_length=5, choices=settings.LANGUAGES, default="ru"
    )
    is_active = models.BooleanField(_("active"), default=True)  # type: ignore[misc]
    is_staff = models.BooleanField(_("staff"), default=False)
    staff_scope = models.CharField(
        _("staff scope"), max_length=16, choices=StaffScope.choices, blank=True
    )
    theme = models.CharField(_("theme"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    photo = models.ImageField(_("photo"), upload_to="people", blank=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)
    # Asked for by the person: the account is erased then, unless they change their mind.
    deletion_due_at = models.DateTimeField(_("to be erased"), null=True, blank=True, db_index=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        indexes = [
            # The search of the admin: the beginning of a name. The operator class lets PostgreSQL
            # use it for LIKE 'x%' in any locale; the other databases read past it.
            models.Index(
                fields=["search_name", "id"],
                name="user_search",
                opclasses=["varchar_pattern_ops", "int8_ops"],
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_staff=True) | models.Q(staff_scope=""),
                name="user_scope_is_staffs",
                violation_error_message=_("Only staff have a staff scope."),
            ),
            # The portal asks for the scope, Django admin for the flag: they never differ.
            models.CheckConstraint(
                condition=models.Q(is_superuser=True, staff_scope=StaffScope.ADMIN)
                | (models.Q(is_superuser=False) & ~models.Q(staff_scope=StaffScope.ADMIN)),
                name="user_admin_is_superuser",
                violation_error_message=_("Administrators are superusers, and nobody else is."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name()

    @property
    def scope(self) -> StaffScope | None:
        """What this person may do as staff; None for everybody else."""
        if not self.is_staff:
            return None
        return StaffScope(self.staff_scope or StaffScope.SUPPORT)

    @cached_property
    def open_memberships(self) -> "list[Membership]":
        """What this person may act for now, each organization with its pulse; the oldest first.

        The signed-in person's are loaded together with the person (`users.backends`).
        """
        return list(
            self.memberships.filter(is_active=True, organization__is_active=True)
            .select_related("organization__pulse")
            .order_by("pk")
        )

    def clean(self) -> None:
        super().clean()
        self.email = normalize_email(self.email)

    def get_full_name(self) -> str:
        if self.email.endswith(f"@{ERASED_DOMAIN}"):
            return gettext("Deleted account")
        return self.full_name or self.email

    def get_short_name(self) -> str:
        return (self.full_name or self.email.partition("@")[0]).split(" ")[0]
