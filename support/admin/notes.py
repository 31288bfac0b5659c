"""Internal notes, for support and administrators alone."""

from typing import Any, ClassVar

from django.contrib import admin

from support.admin.reading import DeskOnlyAdmin
from support.models import InternalNote, NoteFile


@admin.register(InternalNote)
class NoteAdmin(DeskOnlyAdmin):
    number_column = "ticket__number"
    search_fields: ClassVar[Any] = ("ticket__number__startswith",)
    list_display = ("ticket", "author", "created_at")
    list_select_related = ("ticket", "author")


@admin.register(NoteFile)
class NoteFileAdmin(DeskOnlyAdmin):
    """That a file is there; it is opened from the ticket's page."""

    number_column = "note__ticket__number"
    search_fields: ClassVar[Any] = ("note__ticket__number__startswith",)
    list_display = ("name", "note", "size", "created_at")
    list_select_related = ("note",)
    exclude = ("file",)
