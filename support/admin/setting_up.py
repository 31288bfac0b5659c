"""What every admin of the desk's set-up stands on: who changes it, and that it is told."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from core.events import emit
from users.admin import ScopedAdmin, admin_actor


class SetUpAdmin(ScopedAdmin):
    """Who may do what is in the permissions of the groups; every change is told and kept in the
    history.
    """

    reference = True
    sortable_by = None
    # What the event calls it.
    what = ""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Django's last step in the transaction: the row and what hangs on it are written."""
        super().save_related(request, form, formsets, change)
        if not change or form.has_changed() or any(one.has_changed() for one in formsets):
            self._tell(request, form.instance)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._tell(request, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        with transaction.atomic():
            for obj in queryset:
                self._tell(request, obj)
            super().delete_queryset(request, queryset)

    def _tell(self, request: HttpRequest, obj: Any) -> None:
        emit(admin_actor(request), "desk.changed", obj, {}, {"what": self.what, "id": obj.pk})


class KeptAdmin(SetUpAdmin):
    """What tickets name: it goes out of use, and is not deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
