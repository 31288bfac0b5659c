"""What was done in Django admin, by whom."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from users.admin.scoped import ReadOnlyAdmin


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """The history of all lists in one; each row has its own behind «History»."""

    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag", "said")
    list_select_related = ("user", "content_type")
    list_filter = ("action_flag",)
    finds_people = ("user",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("object_id")

    @admin.display(description=_("change"))
    def said(self, entry: Any) -> str:
        return entry.get_change_message()
