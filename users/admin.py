"""People and organizations for staff. What has a rule goes through the services."""

from typing import Any

import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.actor import Actor
from core.choices import StaffScope, Via
from core.errors import DomainError
from core.folding import fold
from users.models import AccountManagement, Consent, CustomUser, Membership, Organization
from users.services import members, organizations, people


def admin_actor(request: HttpRequest) -> Actor:
    """The staff member who acts through the admin."""
    return Actor(user=request.user, via=Via.ADMIN, staff=request.user.scope)  # type: ignore[union-attr]


class ScopedAdmin(admin.ModelAdmin):
    """Administrators see and change all; account managers read what is in their charge.

    `charge` is the lookup from the model to the account manager; None: not theirs to see.
    """

    charge: str | None = None
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        scope = request.user.scope  # type: ignore[union-attr]
        if scope == StaffScope.ADMIN:
            return rows
        if scope == StaffScope.ACCOUNT_MANAGER and self.charge:
            return rows.filter(**{self.charge: request.user}).distinct()
        return rows.none()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if request.user.scope == StaffScope.ACCOUNT_MANAGER:  # type: ignore[union-attr]
            return self.charge is not None
        return super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Names are found in any letter case on every database: their folded column is searched."""
        is_email = "@" in search_term
        wanted = search_term.strip().lower() if is_email else fold(search_term)
        return super().get_search_results(request, queryset, wanted)


@admin.register(CustomUser)
class UserAdmin(ScopedAdmin):
    list_display = ("email", "full_name", "is_active", "staff_scope", "date_joined", "last_login")
    list_filter = ("is_active", "staff_scope", "language")
    search_fields = ("email__startswith", "search_name__startswith", "public_id__iexact")
    ordering = ("-id",)
    readonly_fields = ("public_id", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "full_name", "phone", "is_active", "public_id")}),
        (_("Settings"), {"fields": ("time_zone", "language")}),
        (_("Staff"), {"fields": ("is_staff", "staff_scope", "is_superuser", "groups")}),
        (_("Dates"), {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "full_name", "staff_scope", "language")}),)
    filter_horizontal = ("groups",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

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
        _become(obj, made)


class MembershipInline(admin.TabularInline):
    """Members at a glance; changed on their own pages, where the rules are."""

    model = Membership
    extra = 0
    can_delete = False
    show_change_link = True
    fields = readonly_fields = ("user", "role", "is_active", "created_at", "used_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("user")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.scope is not None  # type: ignore[union-attr]


@admin.register(Organization)
class OrganizationAdmin(ScopedAdmin):
    charge = "account_managers__user"
    list_display = ("name", "kind", "inn", "member_count", "verified_at", "is_claimed", "is_active")
    list_filter = (
        "kind",
        ("verified_at", admin.EmptyFieldListFilter),
        "is_claimed",
        "is_active",
        "is_sandbox",
    )
    search_fields = ("search_name__startswith", "inn__exact", "public_id__iexact")
    ordering = ("-id",)
    readonly_fields = ("public_id", "verified_at", "created_at")
    inlines = (MembershipInline,)
    actions = ("verify",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        active = Q(memberships__is_active=True)
        return (
            super()
            .get_queryset(request)
            .annotate(members=Count("memberships", filter=active, distinct=True))
        )

    @admin.display(description=_("members"))
    def member_count(self, organization: Any) -> int:
        return organization.members

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # What an organization sees depends on its kind: it is chosen once.
        return (*self.readonly_fields, "kind") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Organizations are made inactive; requests and events refer to them."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made = organizations.create_organization(admin_actor(request), **form.cleaned_data)
        _become(obj, made)

    @admin.action(description=_("Verify the chosen organizations"), permissions=["change"])
    def verify(self, request: HttpRequest, queryset: QuerySet) -> None:
        actor = admin_actor(request)
        waiting = list(queryset.filter(verified_at__isnull=True))
        for organization in waiting:
            organizations.verify_organization(actor, organization)
            self.log_change(request, organization, [{"changed": {"fields": ["verified_at"]}}])
        done = ngettext(
            "%(count)d organization verified.", "%(count)d organizations verified.", len(waiting)
        )
        self.message_user(request, done % {"count": len(waiting)}, messages.SUCCESS)


class MembershipForm(ModelForm):
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        before = Membership.objects.filter(pk=self.instance.pk).first()
        stays = cleaned.get("is_active", True) and cleaned.get("role") == "OWNER"
        if before is not None and not stays:
            try:
                members.require_another_owner(before)
            except DomainError as error:
                raise ValidationError({"role": error.message}) from error
        return cleaned


@admin.register(Membership)
class MembershipAdmin(ScopedAdmin):
    charge = "organization__account_managers__user"
    form = MembershipForm
    list_display = ("user", "organization", "role", "is_active", "created_at", "used_at")
    list_select_related = ("user", "organization")
    list_filter = ("role", "is_active", "organization__kind")
    search_fields = (
        "user__email__startswith",
        "user__search_name__startswith",
        "organization__search_name__startswith",
    )
    autocomplete_fields = ("user", "organization")
    readonly_fields = ("created_at", "used_at")
    ordering = ("-id",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.readonly_fields, "user", "organization") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A member is removed by switching the membership off: the record stays."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = admin_actor(request)
        if not obj.is_active and change:
            members.remove_member(actor, obj)
            return
        made = members.add_member(actor, obj.organization, obj.user, obj.role)
        _become(obj, made)


class AccountManagementForm(ModelForm):
    def clean_user(self) -> CustomUser:
        user = self.cleaned_data["user"]
        if user.scope != StaffScope.ACCOUNT_MANAGER:
            raise ValidationError(_("Choose a person who works as an account manager."))
        return user


@admin.register(AccountManagement)
class AccountManagementAdmin(ScopedAdmin):
    charge = "user"
    form = AccountManagementForm
    list_display = ("user", "organization", "created_at")
    list_select_related = ("user", "organization")
    search_fields = ("user__email__startswith", "organization__search_name__startswith")
    autocomplete_fields = ("user", "organization")
    readonly_fields = ("created_at",)
    ordering = ("-id",)
    # One by one, so that each is an event.
    actions = None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        made = organizations.assign_account_manager(
            admin_actor(request), obj.organization, obj.user
        )
        _become(obj, made)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        organizations.dismiss_account_manager(admin_actor(request), obj)


@admin.register(Consent)
class ConsentAdmin(ScopedAdmin):
    """A record: read, never written here."""

    list_display = ("user", "document", "version", "given_at", "withdrawn_at")
    list_select_related = ("user",)
    list_filter = ("document", "version")
    search_fields = ("user__email__startswith",)
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AuthenticatorAdmin(admin.ModelAdmin):
    """That a second factor exists, and when it was used; its secret is on no page."""

    list_display: tuple[str, ...] = ("user", "type", "created_at", "last_used_at")
    fields = readonly_fields = list_display
    list_select_related = ("user",)
    search_fields = ("user__email__startswith",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class UserSessionAdmin(AuthenticatorAdmin):
    """Where somebody is signed in. A session is ended by its person, in the portal."""

    list_display = ("user", "ip", "user_agent", "created_at", "last_seen_at")
    fields = readonly_fields = list_display

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


# allauth's own, imported above so that they are there to be replaced.
admin.site.unregister([Authenticator, UserSession])
admin.site.register(Authenticator, AuthenticatorAdmin)
admin.site.register(UserSession, UserSessionAdmin)


def _become(obj: Any, saved: Any) -> None:
    """Lets the admin's unsaved row stand for the one a service saved."""
    obj.__dict__.update(saved.__dict__)
