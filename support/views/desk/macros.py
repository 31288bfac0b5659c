"""Prepared texts: one's own, and those of the whole desk."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import DomainError
from core.http import Request
from subscriptions.forms.errors import show as show_error
from support.choices import MacroFor, Priority
from support.desk_choices import STATE_WORDS, DeskChoices, desk_choices
from support.desk_words import effects_of
from support.macros import VARIABLES
from support.models import Macro, Queue, TicketCategory
from support.selectors.macros import get_macro, macros_of
from support.services.macros import BODY_LENGTH, NAME_LENGTH, STATES, archive_macro, save_macro
from support.views.desk.door import workers

_KEPT = ("", gettext_lazy("as it is"))


class MacroForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH)
    into = forms.ChoiceField(label=gettext_lazy("Put into"), choices=MacroFor.choices)
    body = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=BODY_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    category = forms.ChoiceField(
        label=gettext_lazy("Offered for tickets of the category"), required=False
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State afterwards"),
        required=False,
        choices=[_KEPT, *((state.value, STATE_WORDS[state]) for state in STATES)],
    )
    priority = forms.ChoiceField(
        label=gettext_lazy("Priority"), required=False, choices=[_KEPT, *Priority.choices]
    )
    queue = forms.ChoiceField(label=gettext_lazy("Queue"), required=False)
    tags = forms.CharField(
        label=gettext_lazy("Tags put on"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("With commas between them."),
    )
    takes = forms.BooleanField(
        label=gettext_lazy("The ticket becomes that of who runs the macro"), required=False
    )
    is_shared = forms.BooleanField(label=gettext_lazy("For the whole desk"), required=False)

    def __init__(self, known: DeskChoices, data: Any = None, *, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        categories = [(key, row.name) for key, row in known.open_categories.items()]
        queues = [(key, row.name) for key, row in known.queues.items()]
        self.fields["category"].choices = [("", _("any")), *categories]  # type: ignore[attr-defined]
        self.fields["queue"].choices = [_KEPT, *queues]  # type: ignore[attr-defined]


@workers
@require_GET
def desk_macros(request: Request) -> HttpResponse:
    rows = macros_of(request.actor).select_related("queue", "owner", "category")
    macros = [(row, effects_of(row)) for row in rows.prefetch_related("tags")]
    context = {
        "own": [one for one in macros if one[0].owner_id and not one[0].archived_at],
        "shared": [one for one in macros if not one[0].owner_id and not one[0].archived_at],
        "archived": [one for one in macros if one[0].archived_at],
        "new_url": reverse("desk_macro_new"),
        "crumbs": _crumbs(),
    }
    return render(request, "support/desk/macros.html", context)


@workers
@require_http_methods(["GET", "POST"])
def desk_macro_new(request: Request) -> HttpResponse:
    form = MacroForm(desk_choices(), request.POST or None)
    if request.method == "POST" and _saved(request, form, None):
        return redirect("desk_macros")
    return _page(request, form, _("New macro"))


@workers
@require_http_methods(["GET", "POST"])
def desk_macro_edit(request: Request, public_id: str) -> HttpResponse:
    macro = get_macro(request.actor, public_id)
    form = MacroForm(desk_choices(), request.POST or None, initial=_standing(macro))
    if request.method == "POST" and _saved(request, form, macro):
        return redirect("desk_macros")
    return _page(request, form, macro.name, macro)


@workers
@require_POST
def desk_macro_archive(request: Request, public_id: str) -> HttpResponse:
    """Takes it out of use; with `back_in_use` into it again."""
    macro = get_macro(request.actor, public_id)
    archive_macro(request.actor, macro, archived="back_in_use" not in request.POST)
    messages.success(request, _("Saved."))
    return redirect("desk_macros")


def _saved(request: Request, form: MacroForm, macro: Macro | None) -> bool:
    if not form.is_valid():
        return False
    typed = form.cleaned_data
    try:
        save_macro(
            request.actor,
            macro,
            name=typed["name"],
            body=typed["body"],
            into=typed["into"],
            category=TicketCategory.objects.filter(public_id=typed["category"]).first(),
            state=typed["state"],
            priority=typed["priority"],
            queue=Queue.objects.filter(public_id=typed["queue"]).first(),
            takes=typed["takes"],
            tags=typed["tags"].split(","),
            is_own=not typed["is_shared"],
            position=macro.position if macro else 0,
        )
    except DomainError as refused:
        if refused.status != 400:
            raise
        show_error(form, refused)
        return False
    messages.success(request, _("Saved."))
    return True


def _standing(macro: Macro) -> dict[str, Any]:
    return {
        "name": macro.name,
        "into": macro.into,
        "body": macro.body,
        "category": macro.category.public_id if macro.category else "",
        "state": macro.state,
        "priority": macro.priority,
        "queue": macro.queue.public_id if macro.queue else "",
        "tags": ", ".join(tag.name for tag in macro.tags.all()),
        "takes": macro.takes,
        "is_shared": macro.owner_id is None,
    }


def _page(
    request: Request, form: MacroForm, title: str, macro: Macro | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "macro": macro,
        "variables": [(f"{{{{ {name} }}}}", words) for name, words in VARIABLES.items()],
        "crumbs": _crumbs(title),
    }
    return render(request, "support/desk/macro.html", context, status=422 if form.errors else 200)


def _crumbs(last: str = "") -> list[tuple[str, str]]:
    crumbs = [(_("Support desk"), reverse("desk_list")), (_("Macros"), "")]
    if last:
        crumbs[-1:] = [(_("Macros"), reverse("desk_macros")), (last, "")]
    return crumbs
