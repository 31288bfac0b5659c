"""What a signed-in person has to settle first: a new consent, an account to be erased."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from core.middleware import policy_of
from users import presence
from users.services import consents

# What stays open meanwhile, beside public pages: to prove who one is, to take one's data away,
# to be safe, to go.
OPEN = frozenset(
    {
        "account_deletion",
        "account_deletion_cancel",
        "account_reauthenticate",
        "consent_renew",
        "consent_withdraw",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "operation_detail",
        "operation_progress",
        "personal_data",
        "personal_data_download",
        "personal_data_export",
        "security_records",
        "session_end",
        "session_end_all",
        "session_list",
    }
)


class AccountGateMiddleware:
    """Leads to what waits to be settled, and writes down that the session is in use.

    Costs no query: the person and the session are loaded by now.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if getattr(view, "stateless", False) or not request.user.is_authenticated:
            return None
        presence.mark_seen(request)
        waiting = _waiting(request)
        if not waiting or _is_open(request, view):
            return None
        if request.headers.get("HX-Request"):
            # A fragment must not be filled with the page that asks.
            return HttpResponse(status=204)
        return redirect(waiting)


def _waiting(request: HttpRequest) -> str:
    if request.user.deletion_due_at is not None:  # type: ignore[union-attr]
        return "account_deletion"
    return "consent_renew" if request.session.get(consents.DUE) else ""


def _is_open(request: HttpRequest, view: Any) -> bool:
    match = request.resolver_match
    if match is None or match.url_name in OPEN:
        return True
    policy = policy_of(view, match.namespace, match.url_name)
    return policy is not None and policy.public
