"""The theme switch for browsers without scripts; `theme.js` does the same without a page change."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import PUBLIC, access
from core.errors import DomainError
from core.theme import COOKIE, COOKIE_AGE, THEMES


@access(PUBLIC)
@require_POST
def switch_theme(request: HttpRequest) -> HttpResponse:
    """Keeps the chosen theme, for a person who is signed in everywhere, and goes back to `next`."""
    chosen = request.POST.get("theme", "")
    if chosen not in THEMES:
        raise DomainError(_("There is no such theme."))
    if request.user.is_authenticated:
        get_user_model().objects.filter(pk=request.user.pk).update(theme=chosen)
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = "/"
    response = HttpResponseRedirect(target)
    response.set_cookie(
        COOKIE, chosen, max_age=COOKIE_AGE, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
    )
    return response
