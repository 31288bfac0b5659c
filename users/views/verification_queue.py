"""What waits for the staff's decision: verifications and claims."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from core.access import STAFF, access
from core.errors import DomainError
from core.http import Request
from core.pagination import paginate
from core.parts.lists import Column, Columns
from users.choices import VerificationState
from users.forms.errors import show
from users.forms.verification import RefusalForm
from users.models import Verification
from users.selectors.verification import queue, verification_of
from users.services.verification import approve, refuse
from users.sudo import require_recent_sign_in
from users.views.own_organization import attempt

COLUMNS = Columns(
    Column("organization", gettext_lazy("Organization")),
    Column("kind", gettext_lazy("What is asked")),
    Column("applicant", gettext_lazy("Asked by")),
    Column("submitted", gettext_lazy("When")),
    Column("state", gettext_lazy("State")),
)


@access(STAFF)
@require_GET
def verification_queue(request: Request) -> HttpResponse:
    state = request.GET.get("state", VerificationState.OPEN)
    if state not in VerificationState.values:
        raise DomainError(_("There is no such selection. Open the list anew."))
    is_open = state == VerificationState.OPEN
    order = ["submitted_at", "id"] if is_open else ["-submitted_at", "-id"]
    page = paginate(queue(request.actor, state), order, request.GET.get("after", ""))
    context = {
        "page": page,
        "columns": COLUMNS,
        "state": state,
        "states": VerificationState.choices,
        "crumbs": [(_("Verifications"), "")],
    }
    return render(request, "users/staff/verifications.html", context)


@access(STAFF)
@require_GET
def verification_detail(request: Request, public_id: str) -> HttpResponse:
    row = verification_of(Verification.objects.visible_to(request.actor), public_id)
    return _page(request, row, RefusalForm())


@access(STAFF)
@require_POST
def verification_approve(request: Request, public_id: str) -> HttpResponse:
    row = verification_of(Verification.objects.visible_to(request.actor), public_id)
    # From then on the organization receives people's data.
    if request.actor.is_admin:
        require_recent_sign_in(request)
    done = _("“%(name)s” is verified, and told so.") % {"name": row.organization.name}
    attempt(request, lambda: approve(request.actor, row), done)
    return redirect("verification_detail", public_id)


@access(STAFF)
@require_POST
def verification_refuse(request: Request, public_id: str) -> HttpResponse:
    row = verification_of(Verification.objects.visible_to(request.actor), public_id)
    form = RefusalForm(request.POST)
    if form.is_valid():
        try:
            refuse(request.actor, row, **form.cleaned_data)
        except DomainError as error:
            if error.status == 403:
                raise
            show(form, error)
        else:
            messages.success(request, _("Refused; the applicant is told why."))
            return redirect("verification_detail", public_id)
    return _page(request, row, form, 422)


def _page(
    request: Request, row: Verification, form: RefusalForm, status: int = 200
) -> HttpResponse:
    others = Verification.objects.visible_to(request.actor).filter(organization=row.organization)
    context: dict[str, Any] = {
        "row": row,
        "organization": row.organization,
        "documents": row.documents.order_by("pk"),
        "others": others.exclude(pk=row.pk).select_related("applicant").order_by("-id")[:20],
        "may_decide": request.actor.is_admin and row.state == VerificationState.OPEN,
        "form": form,
        "crumbs": [
            (_("Verifications"), reverse("verification_queue")),
            (row.organization.name, ""),
        ],
    }
    return render(request, "users/staff/verification.html", context, status=status)
