"""Tickets and what was said in them, for staff to read."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from support.admin.reading import DeskReadingAdmin, OfTicketAdmin
from support.models import (
    MessageFile,
    Observer,
    Score,
    Ticket,
    TicketLink,
    TicketMessage,
    TicketRelation,
)
from support.selectors.ticket_search import search
from users.admin import admin_actor


@admin.register(Ticket)
class TicketAdmin(DeskReadingAdmin):
    """Found by number, by the whole address of who asked, by words of the subject or the name."""

    list_display = (
        "number",
        "subject",
        "state",
        "priority",
        "queue",
        "owner",
        "assignee",
        "due_at",
        "created_at",
    )
    list_filter = ("state", "priority", "channel", "queue")
    list_select_related = ("queue", "owner", "assignee")
    # The address by which a letter gets into the ticket is a secret.
    exclude = ("mail_token",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        text = search_term.strip().replace("\x00", "")
        return (search(queryset, admin_actor(request), text) if text else queryset), False


@admin.register(TicketMessage)
class MessageAdmin(OfTicketAdmin):
    list_display = ("ticket", "side", "channel", "author", "author_email", "created_at")
    list_filter = ("side", "channel")
    list_select_related = ("ticket", "author")


@admin.register(MessageFile)
class MessageFileAdmin(OfTicketAdmin):
    """That a file is there; it is opened from the ticket's page."""

    owner_lookup = "message__ticket__owner_id"
    number_column = "message__ticket__number"
    search_fields: ClassVar[Any] = ("message__ticket__number__startswith",)
    list_display = ("name", "message", "size", "created_at")
    list_select_related = ("message",)
    exclude = ("file",)


@admin.register(Observer)
class ObserverAdmin(OfTicketAdmin):
    list_display = ("ticket", "user", "created_at")
    list_select_related = ("ticket", "user")


@admin.register(TicketLink)
class LinkAdmin(OfTicketAdmin):
    list_display = ("ticket", "kind", "object_id", "created_at")
    list_filter = ("kind",)
    list_select_related = ("ticket",)


@admin.register(TicketRelation)
class RelationAdmin(OfTicketAdmin):
    owner_lookup = "source__owner_id"
    number_column = "source__number"
    search_fields: ClassVar[Any] = ("source__number__startswith",)
    list_display = ("source", "kind", "target", "created_at")
    list_filter = ("kind",)
    list_select_related = ("source", "target")


@admin.register(Score)
class ScoreAdmin(OfTicketAdmin):
    # Its key is that of its ticket.
    ordering = ("-pk",)
    list_display = ("ticket", "value", "comment", "assignee", "created_at")
    list_filter = ("value",)
    list_select_related = ("ticket", "assignee")
