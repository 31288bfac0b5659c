"""Persons for staff: their accounts, second factors, sessions, consents."""

from typing import Any

import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.choices import StaffScope
from users.admin.scoped import USER_FINDS, ReadOnlyAdmin, ScopedAdmin, admin_actor
from users.models import Consent, CustomUser, SecurityRecord
from users.models.user import normalize_email
from users.services import people
from users.staff_groups import follow_scope, set_scope


class UserForm(ModelForm):
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "staff_scope" in cleaned:
            set_scope(self.instance, cleaned["staff_scope"])
        return cleaned


class OwnAccountForm(UserForm):
    """Nobody shuts themselves out: another administrator does it."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        changed = [name for name in ("staff_scope", "is_active") if name in self.changed_data]
        for name in changed:
            self.add_error(name, ValidationError(_("Ask another administrator to do this.")))
        return cleaned


@admin.register(CustomUser)
class UserAdmin(ScopedAdmin):
    """What somebody may as staff follows from the scope: the flags, and the scope's group."""

    form = UserForm
    list_display = ("email", "full_name", "is_active", "staff_scope", "date_joined", "last_login")
    list_filter = ("is_active", "staff_scope", "language")
    finds = USER_FINDS
    ordering = ("-id",)
    readonly_fields = ("public_id", "last_login", "date_joined", "deletion_due_at")
    fieldsets = (
        (None, {"fields": ("email", "full_name", "phone", "is_active", "public_id")}),
        (_("Settings"), {"fields": ("time_zone", "language", "theme")}),
        (_("Staff"), {"fields": ("staff_scope", "groups")}),
        (_("Dates"), {"fields": ("date_joined", "last_login", "deletion_due_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "full_name", "staff_scope", "language")}),)
    filter_horizontal = ("groups",)
    sudo_fields = frozenset({"staff_scope", "groups", "is_active"})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def get_form(self, request: HttpRequest, obj: Any = None, *args: Any, **kwargs: Any) -> Any:
        if obj is not None and obj.pk == request.user.pk:
            kwargs["form"] = OwnAccountForm
        return super().get_form(request, obj, *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # A changed address must be confirmed by its owner: that is done from the profile.
        return (*self.readonly_fields, "email") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are made inactive; what they did stays theirs."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made = people.create_user(
            admin_actor(request),
            email=obj.email,
            full_name=obj.full_name,
            staff_scope=StaffScope(obj.staff_scope) if obj.staff_scope else None,
            language=obj.language,
        )
        become(obj, made)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """After the groups that the form chose come those that the scope demands."""
        super().save_related(request, form, formsets, change)
        follow_scope(form.instance)


class GroupAdmin(ScopedAdmin, DjangoGroupAdmin):
    """What each group of staff may do in here."""

    search_fields = ("name",)
    sudo_fields = frozenset({"name", "permissions"})


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """A record: read, never written here."""

    list_display = ("user", "document", "version", "given_at", "withdrawn_at")
    list_select_related = ("user",)
    list_filter = ("document",)
    finds_people = ("user",)


@admin.register(SecurityRecord)
class SecurityRecordAdmin(ReadOnlyAdmin):
    """What happened to accounts: for who answers “was it me?”."""

    list_display = ("at", "user", "kind", "address", "device")
    list_select_related = ("user",)
    list_filter = ("kind",)
    finds_people = ("user",)


class AuthenticatorAdmin(ReadOnlyAdmin):
    """That a second factor exists, and when it was used; its secret is on no page.

    Deleted by an administrator for somebody who has lost both the factor and the recovery codes.
    """

    list_display: Any = ("user", "type", "created_at", "last_used_at")
    fields = readonly_fields = list_display
    list_select_related = ("user",)
    list_filter = ("type",)
    finds_people = ("user",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)


class UserSessionAdmin(ReadOnlyAdmin):
    """Where somebody is signed in. A session is ended by its person, in the portal."""

    list_display = ("user", "ip", "user_agent", "created_at", "last_seen_at")
    fields = readonly_fields = list_display
    list_select_related = ("user",)
    finds_people = ("user",)


class EmailAddressAdmin(ReadOnlyAdmin):
    """An address is confirmed by who reads its mail, and by nobody here."""

    list_display = ("email", "user", "primary", "verified")
    list_select_related = ("user",)
    list_filter = ("verified",)
    finds = {"email__startswith": normalize_email}
    finds_people = ("user",)


def become(obj: Any, saved: Any) -> None:
    """Lets the admin's unsaved row stand for the one a service saved."""
    obj.__dict__.update(saved.__dict__)


# Libraries' own, imported above so that they are there to be replaced.
for _model, _admin in {
    Group: GroupAdmin,
    EmailAddress: EmailAddressAdmin,
    Authenticator: AuthenticatorAdmin,
    UserSession: UserSessionAdmin,
}.items():
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)
    admin.site.register(_model, _admin)
