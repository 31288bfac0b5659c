"""The pages on which a provider keeps its plans."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from core.access import access, only
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden
from core.http import Request
from core.pagination import paginate
from core.parts.lists import Column, Columns
from core.querysets import get_visible
from locations.models import ServiceCategory
from subscriptions.forms.errors import show
from subscriptions.forms.plans import PlanForm
from subscriptions.models import Plan
from subscriptions.plan_filters import PlanFilter
from subscriptions.rights import keeps_plans
from subscriptions.selectors.catalogue import categories, category_coded
from subscriptions.services.plans import change_plan, create_plan, may_change_plan

COLUMNS = Columns(
    Column("name", gettext_lazy("Plan")),
    Column("category", gettext_lazy("Service")),
    Column("price", gettext_lazy("Price a month"), numeric=True),
    Column("fee", gettext_lazy("Connection"), numeric=True),
    Column("lead", gettext_lazy("Connected in")),
    Column("commission", gettext_lazy("Commission"), numeric=True),
    Column("state", gettext_lazy("On sale")),
)

readers = access(only(OrganizationKind.PROVIDER))
managers = access(only(OrganizationKind.PROVIDER, least=Role.MANAGER))


@readers
@require_GET
def plan_list(request: Request) -> HttpResponse:
    filterset = PlanFilter(request.GET, actor=request.actor)
    return render(
        request,
        "subscriptions/plans/list.html",
        {
            "filterset": filterset,
            "columns": COLUMNS,
            "page": paginate(
                filterset.qs.select_related("category"), ["-id"], request.GET.get("after", "")
            ),
            "may_change": keeps_plans(request.actor),
        },
    )


@managers
@require_http_methods(["GET", "POST"])
def plan_new(request: Request) -> HttpResponse:
    """First the category (`?category=`), then the form with its attributes."""
    if not keeps_plans(request.actor):
        raise Forbidden(_("Plans are published once your organization is verified."))
    crumbs = [(_("Plans"), reverse("plan_list")), (_("New plan"), "")]
    code = request.GET.get("category", "")
    if not code:
        context = {"categories": categories(), "crumbs": crumbs}
        return render(request, "subscriptions/plans/categories.html", context)
    if category_coded(code) is None:
        raise Http404
    category = ServiceCategory.objects.get(code=code)
    form = PlanForm(request.POST or None, category=category)
    if request.method == "POST" and form.is_valid():
        try:
            create_plan(request.actor, category=category, **form.plan_fields())
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The plan is saved."))
            return redirect("plan_list")
    return render(
        request,
        "subscriptions/plans/form.html",
        {"form": form, "category": category, "categories": categories(), "crumbs": crumbs},
    )


@managers
@require_http_methods(["GET", "POST"])
def plan_edit(request: Request, public_id: str) -> HttpResponse:
    plan = get_visible(
        Plan.objects.select_related("category", "provider"), request.actor, public_id=public_id
    )
    if not may_change_plan(request.actor, plan):
        raise Forbidden(_("Plans are changed once your organization is verified."))
    form = PlanForm(request.POST or None, category=plan.category, plan=plan)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            change_plan(request.actor, plan, **form.plan_fields())
        except Conflict as error:
            status = error.status
            form.take_in(Plan.objects.get(pk=plan.pk))
            show(form, error)
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The plan is saved."))
            return redirect("plan_list")
    crumbs = [(_("Plans"), reverse("plan_list")), (plan.name, "")]
    context = {"form": form, "plan": plan, "category": plan.category, "crumbs": crumbs}
    return render(request, "subscriptions/plans/form.html", context, status=status)
