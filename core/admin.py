"""Events, what was told of them, and later work: read by administrators, written by nobody here."""

from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from core.choices import StaffScope
from core.models import Delivery, Event, EventParty, Job, Notification, ScheduledRun, Worker


class BoundedPaginator(Paginator):
    """Counts as far as anybody turns pages: a count of a million rows costs more than a page."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:  # type: ignore[override]
        rows: QuerySet = self.object_list  # type: ignore[assignment]
        return rows.order_by().values("pk")[: self.MOST].count()


class ReadOnly:
    """Administrators alone, and only to look."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_administrator(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _is_administrator(request: HttpRequest) -> bool:
    return getattr(request.user, "staff_scope", "") == StaffScope.ADMIN


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):
    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-id",)


class PartyInline(ReadOnly, admin.TabularInline):
    model = EventParty
    fields = ("role", "organization")
    extra = 0


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("id", "created_at", "kind", "subject_type", "subject_id", "via", "position")
    list_filter = ("via", "subject_type")
    search_fields = ("kind__startswith", "=subject_id")
    inlines = (PartyInline,)


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("id", "created_at", "user", "organization", "event", "read_at")
    list_select_related = ("user", "organization", "event")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("id", "created_at", "event", "user", "channel", "state", "attempts", "error")
    list_filter = ("state", "channel")
    list_select_related = ("event", "user")


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("id", "task", "queue", "state", "attempts", "enqueued_at", "due_at", "error")
    list_filter = ("state", "queue")
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
