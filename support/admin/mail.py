"""Letters that came and went, for support and administrators: they may be anybody's."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.ids import normalize_number
from support.admin.reading import DeskOnlyAdmin
from support.models import IncomingMail, Mailbox, OutgoingMail
from support.models.tickets import NUMBER_PREFIX


@admin.register(OutgoingMail)
class OutgoingMailAdmin(DeskOnlyAdmin):
    number_column = "message__ticket__number"
    search_fields: ClassVar[Any] = ("message__ticket__number__startswith",)
    list_display = ("message", "user", "address", "state", "attempts", "error", "created_at")
    list_filter = ("state",)
    list_select_related = ("message", "user")


@admin.register(IncomingMail)
class IncomingMailAdmin(DeskOnlyAdmin):
    """The letter itself stays where it is stored: it may hold anything."""

    search_fields: ClassVar[Any] = ("letter_id__exact",)
    search_help_text = _("The number of a ticket, or the whole id of a letter.")
    list_display = ("received_at", "sender", "subject", "outcome", "ticket", "size", "error")
    list_filter = ("outcome",)
    list_select_related = ("ticket",)
    exclude = ("raw",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        text = search_term.strip().replace("\x00", "")
        if not text:
            return queryset, False
        found = Q(letter_id__in=[text, f"<{text.strip('<>')}>", text.strip("<>")])
        if number := normalize_number(NUMBER_PREFIX, text):
            found = Q(ticket__number=number)
        return queryset.filter(found), False


@admin.register(Mailbox)
class MailboxAdmin(DeskOnlyAdmin):
    """As many as there are addresses: nothing to search for."""

    list_display = ("name", "last_uid", "polled_at", "error")
    search_fields: ClassVar[Any] = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        return queryset, False
