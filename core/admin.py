"""Events, what was told of them, and later work: read by administrators, written by nobody here."""

from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin_lists import LargeAdmin, LookedAt
from core.choices import StaffScope
from core.models import (
    Attention,
    Delivery,
    Event,
    EventParty,
    Job,
    Notification,
    Operation,
    SavedView,
    ScheduledRun,
    Tally,
    Worker,
)

LONGEST_ID = 18


class ReadOnly(LookedAt):
    """Administrators alone, and only to look."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_administrator(request)


def _is_administrator(request: HttpRequest) -> bool:
    return getattr(request.user, "staff_scope", "") == StaffScope.ADMIN


class ReadOnlyAdmin(ReadOnly, LargeAdmin):
    ordering: ClassVar[Any] = ("-id",)
    actions: Any = ()


class PartyInline(ReadOnly, admin.TabularInline):
    model = EventParty
    fields = ("role", "organization")
    extra = 0


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """A million and more: found by their subject alone, which an index serves."""

    list_display = ("id", "created_at", "kind", "subject_type", "subject_id", "via", "position")
    list_filter = ("via",)
    search_fields = ("subject_id",)
    search_help_text = _("Subject and its id, such as “connectionrequest 42”; or an event's id.")
    inlines = (PartyInline,)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        subject, _space, number = search_term.strip().lower().rpartition(" ")
        if not number.isdecimal() or len(number) > LONGEST_ID:
            return (queryset.none() if number else queryset), False
        if not subject:
            return queryset.filter(pk=int(number)), False
        types = [model._meta.label_lower for model in apps.get_models()]
        wanted = [label for label in types if subject in (label, label.partition(".")[2])]
        return queryset.filter(subject_type__in=wanted, subject_id=int(number)), False


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("id", "created_at", "user", "organization", "event", "read_at")
    list_select_related = ("user", "organization", "event")
    # Columns of one index each: a million rows of other people are not looked at.
    search_fields = ("user__email",)
    search_help_text = _("The reader's whole e-mail address.")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        email = search_term.strip().lower()
        return (queryset.filter(user__email=email) if email else queryset), False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("id", "created_at", "event", "user", "channel", "state", "attempts", "error")
    list_filter = ("state",)
    list_select_related = ("event", "user")


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("id", "task", "queue", "state", "attempts", "enqueued_at", "due_at", "error")
    list_filter = ("state",)
    search_fields = ("task__startswith",)


@admin.register(ScheduledRun)
class ScheduledRunAdmin(ReadOnlyAdmin):
    list_display = ("id", "schedule", "tick_at", "fired_at", "outcome")
    search_fields = ("schedule__startswith",)
    list_select_related = ("job",)

    @admin.display(description="")
    def outcome(self, row: ScheduledRun) -> str:
        """How the run ended; "" once its job has been purged."""
        return str(row.job.get_state_display()) if row.job else ""


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    list_display = ("name", "queues", "started_at", "seen_at")


@admin.register(Operation)
class OperationAdmin(ReadOnlyAdmin):
    """What people started that takes longer than a page. The files are theirs: not opened here."""

    list_display = ("created_at", "kind", "user", "organization", "state", "done", "total", "error")
    list_filter = ("state",)
    list_select_related = ("user", "organization")
    # What a look at somebody's file has found may name people.
    exclude = ("source", "result", "data")
    search_fields = ("public_id__exact",)


@admin.register(SavedView)
class SavedViewAdmin(ReadOnlyAdmin):
    """How people keep their lists. What they filter by is theirs: it may hold a name."""

    list_display = ("id", "list_name", "organization", "user", "layout", "is_shared", "updated_at")
    list_filter = ("is_shared",)
    list_select_related = ("organization", "user")
    exclude = ("query", "name")
    search_fields = ("public_id__exact",)


@admin.register(Attention)
class AttentionAdmin(ReadOnlyAdmin):
    """The figures of the staff's list of organizations, as they were last counted."""

    list_display = ("organization", "urgency", "active_at", "counted_at")
    list_select_related = ("organization",)
    ordering = ("-urgency", "organization")


@admin.register(Tally)
class TallyAdmin(ReadOnlyAdmin):
    """Figures of homes by day; counted again by “manage.py recount”, never written here."""

    list_display = ("organization", "figure", "day", "amount")
    list_select_related = ("organization",)
