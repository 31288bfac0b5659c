"""What the desk has done is read in the admin, never edited: services change it."""

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from core.choices import StaffScope
from subscriptions.admin.reading import ReadingAdmin
from support.models.tickets import NUMBER_PREFIX


class DeskReadingAdmin(ReadingAdmin):
    """Support reads all of it, account managers what their organizations own (`owner_lookup`)."""

    number_prefix = NUMBER_PREFIX
    owner_lookup = "owner_id"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        if request.user.scope == StaffScope.SUPPORT:  # type: ignore[union-attr]
            return self.model._default_manager.order_by(*self.get_ordering(request))
        return super().get_queryset(request)

    def in_charge(self, organization_ids: list[int]) -> Q:
        return Q(**{f"{self.owner_lookup}__in": organization_ids})


class OfTicketAdmin(DeskReadingAdmin):
    """What belongs to a ticket is found by the ticket's number."""

    owner_lookup = "ticket__owner_id"
    number_column = "ticket__number"
    search_fields: ClassVar[Any] = ("ticket__number__startswith",)


class DeskOnlyAdmin(DeskReadingAdmin):
    """For support and administrators: account managers have no business here."""

    def in_charge(self, organization_ids: list[int]) -> Q:
        return Q(pk__in=[])
