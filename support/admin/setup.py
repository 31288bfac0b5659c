"""Queues, categories, rules, prepared texts, hours and promises: how administrators set them up."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from support.admin.setting_up import KeptAdmin, SetUpAdmin
from support.forms.desk_setup import (
    DAYS,
    CalendarForm,
    CategoryFieldForm,
    CategoryForm,
    MacroForm,
    QueueForm,
    RuleForm,
    ServiceLevelForm,
    SpecialDayForm,
    TagForm,
)
from support.macros import VARIABLES
from support.models import (
    CategoryField,
    DeskCalendar,
    DeskDay,
    DeskRule,
    Macro,
    Queue,
    QueueMember,
    ServiceLevel,
    Tag,
    TicketCategory,
)
from support.selectors.people import desk_people


class MemberInline(admin.TabularInline):
    model = QueueMember
    fields = ("user", "is_on_duty", "most_open", "last_given_at")
    readonly_fields = ("last_given_at",)
    extra = 0

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """The desk's people; who has left it stays beside their row until it is taken away."""
        if db_field.name == "user":
            members = QueueMember.objects.values("user")
            people = desk_people().order_by() | desk_people().model.objects.filter(pk__in=members)
            kwargs["queryset"] = people.distinct().order_by("full_name", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Queue)
class QueueAdmin(KeptAdmin):
    what = "queue"
    form = QueueForm
    inlines = (MemberInline,)
    list_display = ("name", "assignment", "calendar", "is_default", "is_active", "position")
    list_select_related = ("calendar",)
    ordering = ("position", "pk")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.instance.is_default:
            Queue.objects.exclude(pk=form.instance.pk).update(is_default=False)


class FieldInline(admin.StackedInline):
    model = CategoryField
    form = CategoryFieldForm
    fields = (
        ("label", "kind", "position"),
        "choices",
        "hint",
        ("is_required", "is_internal", "archived"),
    )
    extra = 0
    can_delete = False


@admin.register(TicketCategory)
class CategoryAdmin(KeptAdmin):
    what = "category"
    form = CategoryForm
    inlines = (FieldInline,)
    list_display = ("name", "queue", "priority", "asks_place", "is_outage", "in_use", "position")
    list_select_related = ("queue",)
    ordering = ("position", "pk")
    fields = (
        "name", "hint", "icon", "queue", "priority", "kinds", "asks_place", "is_outage", "position",
        "archived",
    )  # fmt: skip

    @admin.display(description=_("in use"), boolean=True)
    def in_use(self, row: TicketCategory) -> bool:
        return row.archived_at is None


@admin.register(DeskRule)
class RuleAdmin(SetUpAdmin):
    what = "rule"
    form = RuleForm
    list_display = ("name", "position", "category", "queue", "priority", "assignee", "is_active")
    list_select_related = ("category", "queue", "assignee")
    ordering = ("position", "pk")
    autocomplete_fields = ("organization", "city")
    filter_horizontal = ("tags",)
    fieldsets = (
        (None, {"fields": ("name", "position", "is_active")}),
        (
            _("If all of this holds"),
            {"fields": ("category", "kind", "organization", "city", "words")},
        ),
        (_("then"), {"fields": ("queue", "priority", "assignee", "tags")}),
    )

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "assignee":
            kwargs["queryset"] = desk_people().order_by("full_name", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Macro)
class MacroAdmin(KeptAdmin):
    """Those of the whole desk: one's own are kept in the portal."""

    what = "macro"
    form = MacroForm
    list_display = ("name", "into", "category", "state", "priority", "in_use", "position")
    list_select_related = ("category",)
    list_filter = ("into", "category")
    filter_horizontal = ("tags",)
    ordering = ("position", "name", "pk")
    fields = (
        "name", "body", "variables", "into", "category", "state", "priority", "queue", "takes",
        "tags", "position", "archived",
    )  # fmt: skip
    readonly_fields = ("variables",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).filter(owner=None)

    @admin.display(description=_("variables"))
    def variables(self, row: Macro) -> str:
        return ", ".join(f"{{{{ {name} }}}} — {text}" for name, text in VARIABLES.items())

    @admin.display(description=_("in use"), boolean=True)
    def in_use(self, row: Macro) -> bool:
        return row.archived_at is None


@admin.register(Tag)
class TagAdmin(SetUpAdmin):
    what = "tag"
    form = TagForm
    list_display = ("name",)
    finds = {"name__startswith": lambda text: " ".join(text.split()).lower()}
    ordering = ("name",)


class DayInline(admin.TabularInline):
    model = DeskDay
    form = SpecialDayForm
    fields = ("day", "spans", "note")
    ordering = ("day",)
    extra = 0


@admin.register(DeskCalendar)
class CalendarAdmin(SetUpAdmin):
    """One by which a queue works cannot be deleted: the database holds it."""

    what = "calendar"
    form = CalendarForm
    inlines = (DayInline,)
    list_display = ("name", "time_zone", "keeps_holidays")
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "time_zone", "keeps_holidays")}),
        (
            _("Hours"),
            {
                "fields": tuple(name for name, _label in DAYS),
                "description": _("Like 09:00–13:00, 14:00–18:00; empty: a day off."),
            },
        ),
    )


@admin.register(ServiceLevel)
class ServiceLevelAdmin(SetUpAdmin):
    what = "service_level"
    form = ServiceLevelForm
    list_display = (
        "priority", "kind", "organization", "first_minutes", "next_minutes", "solution_minutes",
    )  # fmt: skip
    list_select_related = ("organization",)
    list_filter = ("priority", "kind")
    ordering = ("priority", "kind", "pk")
    autocomplete_fields = ("organization",)
    finds_organizations = ("organization",)
