"""Staff show a second factor before what only they may open."""

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

# Where each sort is shown again, the handiest first.
_SHOWN_AT = {
    Authenticator.Type.TOTP: "mfa_reauthenticate",
    Authenticator.Type.WEBAUTHN: "mfa_reauthenticate_webauthn",
}


def second_factor_first(request: HttpRequest, back_to: str) -> HttpResponse | None:
    """Where to go for the second factor, and then to `back_to`; None when this session showed it.

    None as well where the operator does without (STAFF_MFA_REQUIRED).
    """
    if not settings.STAFF_MFA_REQUIRED:
        return None
    user = request.user
    came_from = urlencode({"next": back_to})
    kinds = [kind for kind in _SHOWN_AT if is_mfa_enabled(user, [kind])]
    if not kinds:
        return HttpResponseRedirect(f"{reverse('mfa_activate_totp')}?{came_from}")
    if any(row["method"] == "mfa" for row in get_authentication_records(request, user)):
        return None
    return HttpResponseRedirect(f"{reverse(_SHOWN_AT[kinds[0]])}?{came_from}")
