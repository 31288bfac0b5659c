"""Asking to be verified, claiming an organization, and handing out the documents shown."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.access import SIGNED_IN, access, only
from core.choices import OrganizationKind, Role
from core.errors import DomainError, NotVisible
from core.http import Request
from core.ids import is_public_id
from core.sendfile import hand_over
from core.uploads import CONTENT_TYPES, ending_of
from users.choices import VerificationState
from users.forms.errors import show
from users.forms.verification import AskForm
from users.models import Organization, Verification
from users.selectors.verification import (
    SHORTEST,
    claimable,
    claims_of,
    document_of,
    history_of,
    verification_of,
)
from users.services.verification import (
    ask_for_verification,
    claim_organization,
    is_claimable,
    withdraw,
)
from users.views.own_organization import attempt, own_organization, status_of

VERIFIED_KINDS = (OrganizationKind.PROVIDER, OrganizationKind.BUILDER, OrganizationKind.AGENCY)


@access(only(*VERIFIED_KINDS))
@require_GET
def organization_verification(request: Request) -> HttpResponse:
    """How it stands with an organization's verification, and the form to ask for it."""
    return _standing(request, AskForm())


@access(only(*VERIFIED_KINDS, least=Role.OWNER))
@require_POST
def verification_ask(request: Request) -> HttpResponse:
    own_organization(request)
    form = AskForm(request.POST, request.FILES)
    refused: DomainError | None = None
    if form.is_valid():
        try:
            ask_for_verification(request.actor, **form.cleaned_data)
        except DomainError as error:
            if error.status == 403:
                raise
            refused = error
            show(form, error)
        else:
            messages.success(request, _("Sent. We answer within two working days."))
            return redirect("organization_verification")
    return _standing(request, form, status_of(form, refused))


def _standing(request: Request, form: AskForm, status: int = 200) -> HttpResponse:
    organization = own_organization(request)
    history = history_of(request.actor, organization)
    context = {
        "organization": organization,
        "history": history,
        "waiting": any(row.state == VerificationState.OPEN for row in history),
        "last": history[0] if history else None,
        "has_requisites": bool(organization.inn and organization.ogrn),
        "may_ask": request.actor.has_role(Role.OWNER),
        "form": form,
    }
    return render(request, "users/organization/verification.html", context, status=status)


@access(only(*VERIFIED_KINDS, least=Role.OWNER))
@require_POST
def verification_withdraw(request: Request, public_id: str) -> HttpResponse:
    rows = Verification.objects.visible_to(request.actor)
    row = verification_of(rows, public_id)
    attempt(request, lambda: withdraw(request.actor, row), _("Taken back."))
    return redirect("organization_verification")


# --- claims -----------------------------------------------------------------------------------
@access(SIGNED_IN)
@require_GET
def organization_claim(request: Request) -> HttpResponse:
    """Providers that staff had entered, by INN or name; and what one has claimed."""
    # Who registers with the INN of such a provider comes with it in the address (users.claims).
    text = (request.GET.get("q") or request.GET.get("inn", "")).strip()[:200]
    context = {
        "text": text,
        "found": claimable(text) if text else [],
        "shortest": SHORTEST,
        "claims": claims_of(request.actor.user),
        "crumbs": [(_("Is your organization here already?"), "")],
    }
    return render(request, "users/organization/claim.html", context)


organization_claim.is_personal = True  # type: ignore[attr-defined]


@access(SIGNED_IN)
@require_http_methods(["GET", "POST"])
def organization_claim_one(request: Request, public_id: str) -> HttpResponse:
    organization = (
        Organization.objects.filter(public_id=public_id).first()
        if is_public_id(public_id)
        else None
    )
    if organization is None or not is_claimable(organization):
        raise NotVisible(_("This organization is on the portal already, or was never here."))
    form = AskForm(request.POST or None, request.FILES or None)
    refused: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            claim_organization(request.actor, organization, **form.cleaned_data)
        except DomainError as error:
            if error.status in (403, 404):
                raise
            refused = error
            show(form, error)
        else:
            messages.success(request, _("Sent. We answer by mail within two working days."))
            return redirect("organization_claim")
    context: dict[str, Any] = {
        "organization": organization,
        "form": form,
        "crumbs": [
            (_("Is your organization here already?"), reverse("organization_claim")),
            (organization.name, ""),
        ],
    }
    return render(
        request, "users/organization/claim_one.html", context, status=status_of(form, refused)
    )


@access(SIGNED_IN)
@require_POST
def claim_withdraw(request: Request, public_id: str) -> HttpResponse:
    row = verification_of(Verification.objects.claims_of(request.actor.user), public_id)
    attempt(request, lambda: withdraw(request.actor, row), _("Taken back."))
    return redirect("organization_claim")


# --- documents --------------------------------------------------------------------------------
@access(SIGNED_IN)
@require_GET
def verification_document(request: Request, public_id: str) -> HttpResponseBase:
    """A download; for who showed it, the organization's members, and staff in charge."""
    document = document_of(request.actor, public_id)
    content_type = CONTENT_TYPES.get(ending_of(document.name), "application/octet-stream")
    missing = _("There is no such file, or it is not yours to see.")
    return hand_over(document.file, document.name, content_type, missing)
