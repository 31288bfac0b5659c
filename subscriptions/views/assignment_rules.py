"""Who gets which requests of a provider: its rules, kept by its managers."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.access import access, only
from core.choices import OrganizationKind, Role
from core.errors import DomainError, Forbidden, NotVisible
from core.http import Request
from core.querysets import get_visible
from subscriptions.forms.assignment import AssignmentRuleForm
from subscriptions.forms.errors import show
from subscriptions.models import AssignmentRule
from subscriptions.selectors.assignment import rule_choices, rules_of
from subscriptions.services.assignment_rules import (
    delete_assignment_rule,
    may_keep_assignment,
    move_assignment_rule,
    save_assignment_rule,
    set_assignment_active,
)

managers = access(only(OrganizationKind.PROVIDER, least=Role.MANAGER))


@managers
@require_http_methods(["GET", "POST"])
def assignment_rules(request: Request) -> HttpResponse:
    """The rules in their order, and the form that adds one."""
    _check_right(request)
    form = AssignmentRuleForm(request.POST or None, choices=rule_choices(request.actor))
    if request.method == "POST" and form.is_valid() and _saved(request, form, None):
        return redirect("assignment_rules")
    context = {
        "form": form,
        "rules": rules_of(request.actor),
        "crumbs": [(_("Requests"), reverse("request_list")), (_("Who gets which"), "")],
    }
    status = 422 if form.errors else 200
    return render(request, "subscriptions/requests/rules.html", context, status=status)


@managers
@require_http_methods(["GET", "POST"])
def assignment_rule_edit(request: Request, public_id: str) -> HttpResponse:
    _check_right(request)
    rule = _rule(request, public_id)
    choices = rule_choices(request.actor, rule)
    form = AssignmentRuleForm(request.POST or None, choices=choices, rule=rule)
    if request.method == "POST" and form.is_valid() and _saved(request, form, rule):
        return redirect("assignment_rules")
    crumbs = [
        (_("Requests"), reverse("request_list")),
        (_("Who gets which"), reverse("assignment_rules")),
        (_("Change"), ""),
    ]
    context = {"form": form, "crumbs": crumbs}
    status = 422 if form.errors else 200
    return render(request, "subscriptions/requests/rule_edit.html", context, status=status)


@managers
@require_POST
def assignment_rule_act(request: Request, public_id: str) -> HttpResponse:
    """`do`: up, down, pause, resume or delete."""
    rule, wanted = _rule(request, public_id), request.POST.get("do", "")
    if wanted in {"up", "down"}:
        move_assignment_rule(request.actor, rule, -1 if wanted == "up" else 1)
    elif wanted in {"pause", "resume"}:
        set_assignment_active(request.actor, rule, wanted == "resume")
    elif wanted == "delete":
        delete_assignment_rule(request.actor, rule)
        messages.success(request, _("The rule is deleted."))
    else:
        raise DomainError(_("There is no such action."))
    return redirect("assignment_rules")


def _check_right(request: Request) -> None:
    """An administrator who acts for no provider has no rules to keep."""
    if not may_keep_assignment(request.actor):
        raise Forbidden(_("Only managers of a provider say who gets which requests."))


def _saved(request: Request, form: AssignmentRuleForm, rule: AssignmentRule | None) -> bool:
    version = form.cleaned_data["version"] if rule else None
    try:
        save_assignment_rule(request.actor, rule, version=version, **form.terms())
    except (Forbidden, NotVisible):
        raise
    except DomainError as error:
        show(form, error)
        return False
    messages.success(request, _("Saved."))
    return True


def _rule(request: Request, public_id: str) -> AssignmentRule:
    rows = AssignmentRule.objects.select_related("category", "city", "district", "person", "team")
    found: AssignmentRule = get_visible(rows, request.actor, public_id=public_id)
    return found
