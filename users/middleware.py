"""Who acts in this request, and who may open the admin."""

from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.middleware import get_user as session_user
from django.contrib.sites.requests import RequestSite
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django_structlog.middlewares import RequestMiddleware

from core.actor import ANONYMOUS, Actor
from users.acting import ACCESS, CHOSEN, actor_for
from users.addresses import client_address, is_among
from users.selectors import organizations_for_menu
from users.staff_proof import second_factor_first
from users.time_zones import zone

GetResponse = Callable[[HttpRequest], HttpResponse]

logger = structlog.get_logger(__name__)


class LogMiddleware(RequestMiddleware):
    """Request ids and actors for every line of the log, and the address that our proxies saw.

    The library's own reading of addresses believes whatever the client forwards.
    """

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(ip=client_address(request))


class ActorMiddleware(AuthenticationMiddleware):
    """Gives `request.user` and `request.actor`, and the viewer's time zone and language.

    The session's person, checked as Django does it, comes with memberships, organizations and their
    pulses in one query; a visitor without a session cookie costs none. Both are loaded when a view
    has been found, or when a page without one (404) asks. `stateless = True` on a view spares it.
    """

    async_capable = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(zone("", settings.DEFAULT_VIEWER_TIME_ZONE)):
            self.process_request(request)
            return self.get_response(request)  # type: ignore[return-value]

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.actor = SimpleLazyObject(lambda: _meet(request))  # type: ignore[attr-defined]

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if not getattr(view, "stateless", False):
            request.user = session_user(request)
            request.actor = _meet(request)  # type: ignore[attr-defined]
            _forget_leave_that_ended(request)

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        """allauth's pages call the request's host `site`: in the portal that is its settings."""
        context = getattr(response, "context_data", None) or {}
        if isinstance(context.get("site"), RequestSite):
            del context["site"]
        return response


def _meet(request: HttpRequest) -> Actor:
    """The actor of this request; from now on the request speaks the actor's language and time."""
    user = session_user(request)
    if not user.is_authenticated:
        return ANONYMOUS
    session = request.session
    actor = actor_for(user, session.get(CHOSEN, ""), access=session.get(ACCESS, ""))
    # Staff who act by a leave switch to nothing: they go out first.
    request.organizations = () if actor.leave else organizations_for_menu(actor)  # type: ignore[attr-defined]
    organization_zone = actor.organization.time_zone if actor.organization else ""
    timezone.activate(zone(user.time_zone or organization_zone, settings.DEFAULT_VIEWER_TIME_ZONE))
    _speak(request, user.language)
    structlog.contextvars.bind_contextvars(
        user_id=user.pk, organization_id=actor.organization_id, via=str(actor.via)
    )
    return actor


def _forget_leave_that_ended(request: HttpRequest) -> None:
    """Says so once: from this request on the staff member is no more in that organization."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.leave is None and actor.user is not None and ACCESS in request.session:
        del request.session[ACCESS]
        ended = _("The organization's leave has ended: you act as yourself again.")
        messages.warning(request, ended, fail_silently=True)


def _speak(request: HttpRequest, preferred: str) -> None:
    """A language picked in this browser wins, then the person's own, then what the browser asks."""
    picked = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    language = picked if picked in dict(settings.LANGUAGES) else preferred
    translation.activate(language)
    request.LANGUAGE_CODE = language


class RestrictAdminMiddleware:
    """Django admin does not exist but for staff, from allowed addresses, with a second factor."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(reverse("admin:index")):
            return self.get_response(request)
        address = client_address(request)
        refusal = self._refusal(request, address)
        if refusal:
            logger.warning("admin_refused", reason=refusal, address=address, path=request.path)
            raise Http404
        answer = second_factor_first(request, request.get_full_path())
        if answer is not None:
            logger.warning(
                "admin_refused", reason="second factor", address=address, path=request.path
            )
            return answer
        logger.info("admin_opened", address=address, path=request.path, method=request.method)
        return self.get_response(request)

    @staticmethod
    def _refusal(request: HttpRequest, address: str) -> str:
        allowed = settings.ADMIN_ALLOWED_ADDRESSES
        if allowed and not is_among(address, allowed):
            return "address"
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if not actor.is_known:
            return "anonymous"
        return "" if actor.is_staff else "not staff"
