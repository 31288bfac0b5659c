"""The consent to the processing of personal data: its text, a new version of it, its withdrawal."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.access import PUBLIC, SIGNED_IN, access
from core.actor import Actor
from core.errors import DomainError
from users.choices import CONSENT_VERSIONS, ConsentDocument
from users.services.consents import DUE, give_consent
from users.services.personal_data import withdraw_consent
from users.services.security import Origin
from users.views.account.personal_data import deletion_context, leave_for_deletion

DOCUMENT = ConsentDocument.PERSONAL_DATA


@access(PUBLIC)
@require_GET
def consent_document(request: HttpRequest) -> HttpResponse:
    """The text that a person consents to when registering."""
    return render(request, "users/consent.html", {"version": CONSENT_VERSIONS[DOCUMENT]})


@access(SIGNED_IN)
@require_http_methods(["GET", "POST"])
def consent_renew(request: HttpRequest) -> HttpResponse:
    """Asks for the version in force, where the person agreed to an earlier one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not request.session.get(DUE):
        return redirect("personal_data")
    if request.method == "POST":
        give_consent(actor.user, DOCUMENT)
        del request.session[DUE]
        messages.success(request, _("Thank you: your consent is kept with today's date."))
        return redirect("home")
    context = {"version": CONSENT_VERSIONS[DOCUMENT]}
    return render(request, "users/account/consent_renew.html", context)


@access(SIGNED_IN)
@require_http_methods(["GET", "POST"])
@reauthentication_required(app="allauth.account", allow_get=True)
def consent_withdraw(request: HttpRequest) -> HttpResponse:
    """Says what follows before it is done."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    refusal = ""
    if request.method == "POST":
        try:
            user = withdraw_consent(actor.user, Origin.of(request, actor.user))
        except DomainError as error:
            refusal = str(error)
        else:
            return leave_for_deletion(request, user)
    context = deletion_context(actor) | {"refusal": refusal}
    status = 422 if refusal else 200
    return render(request, "users/account/consent_withdraw.html", context, status=status)
