"""The staff's list of organizations: what it is narrowed by."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core import clock
from core.actor import Actor
from core.attention import INACTIVE, figures
from core.choices import OrganizationKind, StaffScope
from core.filters import StrictFilterSet
from core.folding import fold
from core.models import Attention
from core.widgets import LeanSelect
from users.models import CustomUser
from users.selectors.support_access import organizations_that_let_in

ANYTHING, INACTIVE_ONES, NOBODY = "anything", "inactive", "none"
OPEN = "open"


def _choice(label: Any, method: str, **extra: Any) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(
        label=label, method=method, empty_label=_("Any"), widget=LeanSelect, **extra
    )


class StaffOrganizationFilter(StrictFilterSet):
    """Filters over rows of `Attention`; account managers are named by public ids."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="by_text",
        max_length=100,
        widget=forms.TextInput(
            attrs={"type": "search", "class": "form-control", "placeholder": _("Name or INN")}
        ),
    )
    what = _choice(_("Waiting"), "by_what")
    kind = _choice(_("Kind"), "by_kind", choices=OrganizationKind.choices)
    manager = _choice(_("Account manager"), "by_manager")
    access = _choice(_("Support"), "by_access", choices=[(OPEN, _("Lets support in"))])

    class Meta:
        model = Attention
        fields: list[str] = []

    def __init__(self, data: Any, queryset: QuerySet, *, actor: Actor) -> None:
        super().__init__(data, queryset, actor=actor)
        self.filters["what"].extra["choices"] = [
            (ANYTHING, _("Anything")),
            *((figure.name, figure.label) for figure in figures()),
            (INACTIVE_ONES, _("Nothing happened for 30 days")),
        ]
        if actor.is_admin:
            self.filters["manager"].extra["choices"] = [(NOBODY, _("nobody")), *_managers()]
        else:
            del self.filters["manager"]

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value.isdigit():
            return rows.filter(organization__inn=value)
        wanted = fold(value)
        return rows.filter(organization__search_name__startswith=wanted) if wanted else rows.none()

    def by_what(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == INACTIVE_ONES:
            return rows.filter(active_at__lt=clock.now() - INACTIVE)
        if value == ANYTHING:
            return rows.filter(urgency__gt=0)
        # The figures of one row per organization: there are thousands of them, not millions.
        return rows.filter(**{f"figures__{value}__gt": 0})

    def by_kind(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(organization__kind=value)

    def by_manager(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == NOBODY:
            return rows.filter(organization__account_managers__isnull=True)
        return rows.filter(organization__account_managers__user__public_id=value)

    def by_access(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        let_in = organizations_that_let_in(self.actor.user)
        return rows.filter(Q(organization_id__in=let_in.values("pk")))


def _managers() -> list[tuple[str, str]]:
    rows = CustomUser.objects.filter(staff_scope=StaffScope.ACCOUNT_MANAGER, is_active=True)
    return [(user.public_id, str(user)) for user in rows.order_by("search_name")]
