"""What every admin of the portal stands on: whose rows, how they are found, what is dangerous."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, cast

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from core.actor import Actor
from core.admin_lists import LargeAdmin, LookedAt
from core.choices import StaffScope, Via
from core.folding import fold
from users.models import AccountManagement, CustomUser, Organization
from users.models.user import normalize_email
from users.sudo import require_recent_sign_in

# A name that so many share finds the first of them: who looks for one writes more of it.
MOST_FOUND = 200

Spelling = Callable[[str], str]


def admin_actor(request: HttpRequest) -> Actor:
    """The staff member who acts through the admin."""
    return Actor(user=request.user, via=Via.ADMIN, staff=_user(request).scope)


def as_written(text: str) -> str:
    return text


def _user(request: HttpRequest) -> CustomUser:
    return cast(CustomUser, request.user)


class ScopedAdmin(LargeAdmin):
    """Permissions of groups say which models one opens; the scope says which rows.

    Administrators see all; account managers what is in their charge; the others of the staff
    what is `reference` data. Whoever may change what is set by the permissions, too.
    """

    # Lookups from the model to organizations: rows of those in charge. Empty: not theirs to see.
    charge: tuple[str, ...] = ()
    # Belongs to nobody: every reader reads every row.
    reference = False
    # What a search looks in: a lookup that an index serves, and how the text is spelled for it.
    finds: ClassVar[dict[str, Spelling]] = {}
    # Foreign keys to people and organizations by whose name or address a row is found.
    finds_people: tuple[str, ...] = ()
    finds_organizations: tuple[str, ...] = ()
    # Acts that ask for a recent sign-in, beside deleting anything: actions, and fields when they
    # change (users.sudo).
    sudo_actions: frozenset[str] = frozenset()
    sudo_fields: frozenset[str] = frozenset()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Django shows a search field, and completes by an admin, where `search_fields` are."""
        super().__init_subclass__(**kwargs)
        declared = {"finds", "finds_people", "finds_organizations"} & cls.__dict__.keys()
        if declared and "search_fields" not in cls.__dict__:
            cls.search_fields = (*cls.finds, *cls.finds_people, *cls.finds_organizations)

    # --- whose rows ---------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        user = _user(request)
        if self.reference or user.scope == StaffScope.ADMIN:
            return rows
        if user.scope != StaffScope.ACCOUNT_MANAGER:
            return rows.none()
        managed = AccountManagement.objects.filter(user=user)
        return rows.filter(self.in_charge(list(managed.values_list("organization_id", flat=True))))

    def in_charge(self, organization_ids: list[int]) -> Q:
        """Rows that are of these organizations: of none where `charge` is empty."""
        return _any(Q(**{f"{lookup}__in": organization_ids}) for lookup in self.charge)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    # --- search -------------------------------------------------------------------------------

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """The whole text at the beginning of a column: what an index finds among millions."""
        text = search_term.strip().replace("\x00", "")
        return (queryset.filter(self.search(text)) if text else queryset), False

    def search(self, text: str) -> Q:
        found = _spelled(self.finds, text)
        if self.finds_people:
            people = _found(CustomUser.objects.all(), USER_FINDS, text)
            found += [Q(**{f"{key}__in": people}) for key in self.finds_people]
        if self.finds_organizations:
            organizations = _found(Organization.objects.all(), ORGANIZATION_FINDS, text)
            found += [Q(**{f"{key}__in": organizations}) for key in self.finds_organizations]
        return _any(found)

    # --- sudo ---------------------------------------------------------------------------------

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        if self.sudo_fields & set(form.changed_data):
            require_recent_sign_in(request)
        return super().save_form(request, form, change)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet) -> Any:
        """Django's last step before rows are deleted, be it one on its page or many in a list."""
        require_recent_sign_in(request)
        return super().log_deletions(request, queryset)

    def response_action(self, request: HttpRequest, queryset: QuerySet, *args: Any) -> Any:
        if self.sudo_actions & set(request.POST.getlist("action")):
            require_recent_sign_in(request)
        if request.POST.get("select_across", "0") != "0":
            # "All" would be all pages of a million rows: an act is done on what was seen.
            data = request.POST.copy()
            data["select_across"] = "0"
            request.POST = data  # type: ignore[assignment]
        return super().response_action(request, queryset, *args)


class ReadOnlyAdmin(LookedAt, ScopedAdmin):
    """What has a life of its own: read here, changed by services."""

    ordering: ClassVar[Any] = ("-id",)
    actions: Any = ()


USER_FINDS: dict[str, Spelling] = {
    "email__startswith": normalize_email,
    "search_name__startswith": fold,
    "public_id": str.upper,
}
ORGANIZATION_FINDS: dict[str, Spelling] = {
    "search_name__startswith": fold,
    "inn": as_written,
    "public_id": str.upper,
}


def _spelled(finds: dict[str, Spelling], text: str) -> list[Q]:
    """A condition for each column; none for a text of which a column's spelling leaves nothing."""
    wanted = {lookup: spell(text) for lookup, spell in finds.items()}
    return [Q(**{lookup: value}) for lookup, value in wanted.items() if value]


def _found(rows: QuerySet, finds: dict[str, Spelling], text: str) -> list[int]:
    wanted = _any(_spelled(finds, text))
    return list(rows.filter(wanted).order_by().values_list("pk", flat=True)[:MOST_FOUND])


def _any(conditions: Iterable[Q]) -> Q:
    """Any of these; of no condition no row passes."""
    return Q(*conditions, _connector=Q.OR) or Q(pk__in=[])
