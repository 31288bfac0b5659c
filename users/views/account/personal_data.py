"""One's own data: what one agreed to, an archive of it, the deletion of the account."""

from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock
from core.access import SIGNED_IN, access
from core.actor import Actor
from core.errors import DomainError, NotVisible
from core.models import Operation
from core.sendfile import hand_over
from users.choices import CONSENT_VERSIONS, ConsentDocument
from users.models import CustomUser
from users.services.consents import consents_of
from users.services.personal_data import (
    ask_deletion,
    call_off_deletion,
    exports_of,
    has_withdrawn,
    owned_alone,
    start_export,
)
from users.services.security import Origin


@access(SIGNED_IN)
@require_GET
def personal_data(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    archives = list(exports_of(actor.user))
    context = {
        "consents": consents_of(actor.user),
        "in_force": CONSENT_VERSIONS[ConsentDocument.PERSONAL_DATA],
        "archives": archives,
        "is_under_way": any(not _is_over(archive) for archive in archives),
        "days": settings.DELETION_WAIT_DAYS,
    }
    if request.headers.get("HX-Request"):
        response = render(request, "users/account/archives.html", context)
        if not context["is_under_way"]:
            response["X-Poll"] = "end"
        return response
    return render(request, "users/account/personal_data.html", context)


@access(SIGNED_IN)
@require_POST
@reauthentication_required(app="allauth.account")
def personal_data_export(request: HttpRequest) -> HttpResponse:
    """A session left open hands out nobody's data: the password first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    start_export(actor, Origin.of(request, actor.user))
    messages.success(request, _("Your archive is being made. It will stand below in a minute."))
    return redirect("personal_data")


@access(SIGNED_IN)
@require_GET
@reauthentication_required(app="allauth.account")
def personal_data_download(request: HttpRequest, public_id: str) -> HttpResponseBase:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    missing = _("This archive is no longer kept. Ask for a new one.")
    row = exports_of(actor.user).filter(public_id=public_id).first()
    if row is None:
        raise NotVisible(missing)
    return hand_over(row.result, row.result_name, "application/zip", missing)


@access(SIGNED_IN)
@require_http_methods(["GET", "POST"])
@reauthentication_required(app="allauth.account", allow_get=True)
def account_deletion(request: HttpRequest) -> HttpResponse:
    """Before it is asked for: what goes, what stays, until when. After: the way back."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.user.deletion_due_at is not None:
        context = {"due": actor.user.deletion_due_at, "has_withdrawn": has_withdrawn(actor.user)}
        return render(request, "users/account/deletion_waits.html", context)
    refusal = ""
    if request.method == "POST":
        try:
            user = ask_deletion(actor.user, Origin.of(request, actor.user))
        except DomainError as error:
            refusal = str(error)
        else:
            return leave_for_deletion(request, user)
    context = deletion_context(actor) | {"refusal": refusal}
    status = 422 if refusal else 200
    return render(request, "users/account/deletion.html", context, status=status)


@access(SIGNED_IN)
@require_POST
def account_deletion_cancel(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    call_off_deletion(actor.user, Origin.of(request, actor.user))
    messages.success(request, _("Your account stays. Nothing was deleted."))
    return redirect("home")


def deletion_context(actor: Actor) -> dict[str, Any]:
    """What a page says before a deletion: its day, and what stands against it."""
    return {
        "due": clock.now() + timedelta(days=settings.DELETION_WAIT_DAYS),
        "days": settings.DELETION_WAIT_DAYS,
        "owned_alone": owned_alone(actor.user),
    }


def leave_for_deletion(request: HttpRequest, user: CustomUser) -> HttpResponse:
    """Signs out here too; the sessions elsewhere have ended."""
    day = date_format(localtime(user.deletion_due_at), "DATE_FORMAT")
    get_adapter(request).logout(request)
    words = _("Your account will be deleted on %(day)s. To keep it, sign in before that day.")
    messages.warning(request, words % {"day": day})
    return redirect("account_login")


def _is_over(archive: Operation) -> bool:
    return archive.state in (Operation.State.DONE, Operation.State.FAILED)
