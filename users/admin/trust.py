"""What organizations showed of themselves, and whom of the staff they let in."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin_lists import LookedAt
from users.admin.scoped import ReadOnlyAdmin
from users.models import SupportAccess, Verification, VerificationDocument


class DocumentInline(LookedAt, admin.TabularInline):
    model = VerificationDocument
    extra = 0
    fields = readonly_fields = ("name", "size", "created_at")


@admin.register(Verification)
class VerificationAdmin(ReadOnlyAdmin):
    """Decided on the staff's queue, where the documents are; here for looking back."""

    charge = ("organization",)
    list_display = ("organization", "kind", "state", "submitted_at", "decided_at", "decided_by")
    list_select_related = ("organization", "decided_by")
    list_filter = ("state", "kind")
    finds = {"public_id": str.upper}
    finds_organizations = ("organization",)
    inlines = (DocumentInline,)


@admin.register(VerificationDocument)
class VerificationDocumentAdmin(ReadOnlyAdmin):
    """That a document was shown; opened from the queue, by a page that checks who asks."""

    charge = ("verification__organization",)
    list_display = ("name", "verification", "size", "created_at")
    list_select_related = ("verification",)
    exclude = ("file",)
    finds = {"public_id": str.upper}

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("file")


@admin.register(SupportAccess)
class SupportAccessAdmin(ReadOnlyAdmin):
    """Leaves given by organizations; nobody of the staff can make one."""

    charge = ("organization",)
    list_display = ("organization", "granted_by", "granted_at", "expires_at", "revoked_at")
    list_select_related = ("organization", "granted_by")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    finds = {"public_id": str.upper}
    finds_organizations = ("organization",)
