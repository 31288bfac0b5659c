"""Requests and what belongs to them, for staff to read."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.choices import StaffScope
from core.errors import DomainError
from subscriptions.admin.reading import ReadingAdmin
from subscriptions.choices import CancelReason
from subscriptions.models import (
    Appointment,
    ConnectionRequest,
    RequestBundle,
    RequestFile,
    RequestNote,
)
from subscriptions.models.requests import NUMBER_PREFIX
from subscriptions.services.requests import move_request
from users.admin import ReadOnlyAdmin, admin_actor


def _worked_by(organization_ids: list[int], prefix: str = "") -> Q:
    """Requests that these organizations filed, or (once they were filed) were to connect."""
    filed = Q(**{f"{prefix}owner_id__in": organization_ids})
    received = Q(
        **{f"{prefix}provider_id__in": organization_ids, f"{prefix}submitted_at__isnull": False}
    )
    return filed | received


@admin.register(ConnectionRequest)
class RequestAdmin(ReadingAdmin):
    number_prefix = NUMBER_PREFIX
    list_display = (
        "number",
        "state",
        "owner",
        "provider",
        "category",
        "building",
        "due_at",
        "created_at",
    )
    list_filter = ("state", "kind")
    list_select_related = ("owner", "provider", "category", "building")
    actions = ("cancel_as_mistake", "resume")

    def in_charge(self, organization_ids: list[int]) -> Q:
        held = Q(holder_id__in=organization_ids)
        return _worked_by(organization_ids) | held

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Commission is no business of a holder, nor of who looks after one."""
        if request.user.scope == StaffScope.ADMIN:  # type: ignore[union-attr]
            return ()
        return ("commission_rule", "commission_value", "clawback_days")

    @admin.action(description=gettext_lazy("Cancel as filed by mistake"), permissions=["act"])
    def cancel_as_mistake(self, request: HttpRequest, rows: QuerySet[ConnectionRequest]) -> None:
        self._move(request, rows, "cancel", {"reason": CancelReason.MISTAKE.value})

    @admin.action(description=gettext_lazy("Resume what is on hold"), permissions=["act"])
    def resume(self, request: HttpRequest, rows: QuerySet[ConnectionRequest]) -> None:
        self._move(request, rows, "resume", {})

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.scope == StaffScope.ADMIN  # type: ignore[union-attr]

    def _move(
        self,
        request: HttpRequest,
        rows: QuerySet[ConnectionRequest],
        transition: str,
        data: Mapping[str, Any],
    ) -> None:
        """The same service as everywhere, one request at a time; each refusal is named."""
        actor, done = admin_actor(request), 0
        for number in rows.order_by("pk").values_list("number", flat=True):
            try:
                move_request(actor, number, transition, data)
            except DomainError as refused:
                told = _("%(number)s: %(reason)s") % {"number": number, "reason": refused}
                self.message_user(request, told, messages.WARNING)
            else:
                done += 1
        if done:
            told = ngettext("%(count)s request was moved.", "%(count)s requests were moved.", done)
            self.message_user(request, told % {"count": done}, messages.SUCCESS)


class OfRequestAdmin(ReadingAdmin):
    """What belongs to a request is found by the request's number."""

    number_prefix = NUMBER_PREFIX
    number_column = "request__number"
    search_fields = ("request__number__startswith",)

    def in_charge(self, organization_ids: list[int]) -> Q:
        return _worked_by(organization_ids, "request__")


@admin.register(Appointment)
class AppointmentAdmin(OfRequestAdmin):
    list_display = ("request", "provider", "starts_at", "ends_at", "state")
    list_filter = ("state",)
    list_select_related = ("request", "provider")


@admin.register(RequestNote)
class NoteAdmin(OfRequestAdmin):
    list_display = ("request", "organization", "author", "is_internal", "created_at")
    list_select_related = ("request", "organization", "author")

    def in_charge(self, organization_ids: list[int]) -> Q:
        """Internal notes are for who looks after the organization that wrote them."""
        readable = Q(is_internal=False) | Q(organization_id__in=organization_ids)
        return super().in_charge(organization_ids) & readable


@admin.register(RequestFile)
class FileAdmin(OfRequestAdmin):
    """That a document is there; it is opened from the request's page."""

    list_display = ("name", "request", "organization", "size", "created_at")
    list_select_related = ("request", "organization")
    exclude = ("file", "thumbnail", "preview")


@admin.register(RequestBundle)
class BundleAdmin(ReadOnlyAdmin):
    charge = ("owner",)
    list_display = ("public_id", "owner", "created_by", "created_at")
    list_select_related = ("owner", "created_by")
    finds = {"public_id": str.upper}
    finds_organizations = ("owner",)
