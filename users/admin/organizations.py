"""Organizations for staff, and who works in them. What has a rule goes through the services."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.admin_lists import LookedAt
from core.choices import StaffScope
from core.errors import DomainError
from users.admin.people import become
from users.admin.scoped import ORGANIZATION_FINDS, ReadOnlyAdmin, ScopedAdmin, admin_actor
from users.models import (
    AccountManagement,
    CustomUser,
    Invitation,
    Membership,
    Organization,
    OrganizationDay,
    Team,
)
from users.services import members, organizations


class MembershipInline(LookedAt, admin.TabularInline):
    """Members at a glance; changed on their own pages, where the rules are."""

    model = Membership
    extra = 0
    can_delete = False
    show_change_link = True
    fields = readonly_fields = ("user", "role", "team", "is_active", "created_at", "used_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("user", "team")


@admin.register(Organization)
class OrganizationAdmin(ScopedAdmin):
    charge = ("pk",)
    list_display = ("name", "kind", "inn", "member_count", "verified_at", "is_claimed", "is_active")
    list_filter = (
        "kind",
        ("verified_at", admin.EmptyFieldListFilter),
        "is_claimed",
        "is_active",
        "is_sandbox",
    )
    finds = ORGANIZATION_FINDS
    sortable_by = None
    ordering = ("-id",)
    # A logo is taken in by the organization's own page, which looks into the file.
    readonly_fields = ("public_id", "logo", "verified_at", "created_at")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    inlines = (MembershipInline,)
    actions = ("verify",)
    sudo_actions = frozenset({"verify"})
    sudo_fields = frozenset({"is_active", "is_claimed"})

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        # Counted for the fifty rows of a page, by the index: a join would count for all.
        active = Membership.objects.filter(organization=OuterRef("pk"), is_active=True)
        counted = active.order_by().values("organization").annotate(count=Count("pk"))
        return (
            super()
            .get_queryset(request)
            .annotate(members=Coalesce(Subquery(counted.values("count")), 0))
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
        become(obj, made)

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
    charge = ("organization",)
    form = MembershipForm
    fields = ("user", "organization", "role", "is_active", "team", "created_at", "used_at")
    list_display = ("user", "organization", "role", "is_active", "created_at", "used_at")
    list_select_related = ("user", "organization")
    list_filter = ("role", "is_active")
    finds_people = ("user",)
    finds_organizations = ("organization",)
    autocomplete_fields = ("user", "organization")
    # Teams are the organization's own affair.
    readonly_fields = ("team", "created_at", "used_at")
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
        become(obj, made)


class AccountManagementForm(ModelForm):
    def clean_user(self) -> CustomUser:
        user = self.cleaned_data["user"]
        if user.scope != StaffScope.ACCOUNT_MANAGER:
            raise ValidationError(_("Choose a person who works as an account manager."))
        return user


@admin.register(AccountManagement)
class AccountManagementAdmin(ScopedAdmin):
    charge = ("organization",)
    form = AccountManagementForm
    list_display = ("user", "organization", "created_at")
    list_select_related = ("user", "organization")
    finds_people = ("user",)
    finds_organizations = ("organization",)
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
        become(obj, made)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        organizations.dismiss_account_manager(admin_actor(request), obj)


@admin.register(OrganizationDay)
class OrganizationDayAdmin(ReadOnlyAdmin):
    """Kept by the organization itself, with its hours."""

    charge = ("organization",)
    list_display = ("organization", "day", "is_working", "note")
    list_select_related = ("organization",)
    list_filter = ("is_working",)
    finds_organizations = ("organization",)


@admin.register(Team)
class TeamAdmin(ReadOnlyAdmin):
    charge = ("organization",)
    list_display = ("name", "organization", "created_at")
    list_select_related = ("organization",)
    finds = {"public_id": str.upper}
    finds_organizations = ("organization",)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Sent, sent again and withdrawn by the organization; the link's secret is nowhere kept."""

    charge = ("organization",)
    list_display = ("email", "organization", "role", "created_at", "expires_at", "accepted_at")
    list_select_related = ("organization",)
    list_filter = ("role", ("accepted_at", admin.EmptyFieldListFilter))
    finds = {"public_id": str.upper}
    finds_organizations = ("organization",)
