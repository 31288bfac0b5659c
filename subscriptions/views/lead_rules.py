"""Which leads an agency wants, said by its managers."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.access import access, only
from core.choices import OrganizationKind, Role
from core.errors import DomainError, Forbidden, NotVisible
from core.http import Request
from core.parts.text import count_of_options
from core.querysets import get_visible
from locations.selectors.suggestions import suggest_cities
from subscriptions.forms.errors import show
from subscriptions.forms.leads import RuleForm
from subscriptions.models import LeadRule
from subscriptions.selectors.leads import rules_of
from subscriptions.services.leads import delete_rule, save_rule, set_rule_active
from subscriptions.views.leads import notice_for

CITIES_SHOWN = 8
managers = access(only(OrganizationKind.AGENCY, least=Role.MANAGER))


@managers
@require_http_methods(["GET", "POST"])
def lead_rules(request: Request) -> HttpResponse:
    """The rules, and the form that adds one."""
    form = RuleForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _saved(request, form, None):
        return redirect("lead_rules")
    context = {
        "form": form,
        "rules": rules_of(request.actor),
        "notice": notice_for(request.actor),
        "crumbs": [(_("Leads"), reverse("lead_list")), (_("Which leads to offer us"), "")],
    }
    status = 422 if form.errors else 200
    return render(request, "subscriptions/leads/rules.html", context, status=status)


@managers
@require_http_methods(["GET", "POST"])
def lead_rule_edit(request: Request, pk: int) -> HttpResponse:
    rule = _rule(request, pk)
    form = RuleForm(request.POST or None, rule=rule)
    if request.method == "POST" and form.is_valid() and _saved(request, form, rule):
        return redirect("lead_rules")
    crumbs = [
        (_("Leads"), reverse("lead_list")),
        (_("Which leads to offer us"), reverse("lead_rules")),
        (_("Change"), ""),
    ]
    context = {"form": form, "rule": rule, "crumbs": crumbs}
    status = 422 if form.errors else 200
    return render(request, "subscriptions/leads/rule_edit.html", context, status=status)


@managers
@require_POST
def lead_rule_act(request: Request, pk: int) -> HttpResponse:
    """`do`: pause, resume or delete."""
    rule, wanted = _rule(request, pk), request.POST.get("do", "")
    if wanted == "delete":
        delete_rule(request.actor, rule)
        messages.success(request, _("The rule is deleted."))
    elif wanted in {"pause", "resume"}:
        set_rule_active(request.actor, rule, wanted == "resume")
        messages.success(
            request,
            _("The rule is in force again.") if wanted == "resume" else _("The rule is paused."),
        )
    else:
        raise DomainError(_("There is no such action."))
    return redirect("lead_rules")


@managers
@require_GET
def lead_rule_cities(request: Request) -> HttpResponse:
    """`?q=`: cities whose names begin so or nearly so, for the field of a rule."""
    options = [place.title for place in suggest_cities(request.GET.get("q", ""), CITIES_SHOWN)]
    context = {"options": options, "status": count_of_options(len(options))}
    return HttpResponse(render_to_string("subscriptions/leads/cities.html", context))


def _saved(request: Request, form: RuleForm, rule: LeadRule | None) -> bool:
    given: dict[str, Any] = dict(form.cleaned_data)
    if rule is not None:
        given["is_active"] = rule.is_active
    try:
        save_rule(request.actor, rule, **given)
    except (Forbidden, NotVisible):
        raise
    except DomainError as error:
        show(form, error)
        return False
    messages.success(request, _("Saved."))
    return True


def _rule(request: Request, pk: int) -> LeadRule:
    rule: LeadRule = get_visible(
        LeadRule.objects.select_related("city", "region", "category"), request.actor, pk=pk
    )
    return rule
