"""Enforces declared access, and turns domain errors into pages."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import BadRequest, ImproperlyConfigured, PermissionDenied
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.module_loading import import_string

from core.access import Policy
from core.errors import DomainError

GetResponse = Callable[[HttpRequest], HttpResponse]


def policy_of(view: Any, namespace: str, name: str | None) -> Policy | None:
    """The declared policy of a resolved view; None when nobody declared one."""
    declared = getattr(view, "access_policy", None)
    if declared is not None:
        return declared
    third_party = import_string("Estconnect.policies.THIRD_PARTY")
    return (
        third_party.get(f"{namespace}:{name}")
        or third_party.get(name or "")
        or third_party.get(f"{namespace}:*")
    )


class AccessMiddleware:
    """Lets a request through to its view only where the view's policy does."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        if match is None:
            return None
        policy = policy_of(view, match.namespace, match.url_name)
        if policy is None:
            raise ImproperlyConfigured(f"{match.view_name or view} declares no access policy.")
        if policy.debug_only and not settings.DEBUG:
            raise Http404
        if policy.public:
            return None
        actor = request.actor  # type: ignore[attr-defined]
        if not actor.is_known:
            return self._to_sign_in(request)
        if not policy.knows(actor):
            raise Http404
        if not policy.permits(actor):
            raise PermissionDenied
        return None

    @staticmethod
    def _to_sign_in(request: HttpRequest) -> HttpResponse:
        path = request.get_full_path()
        if request.headers.get("HX-Request"):
            # A fragment cannot show the sign-in page: the whole page goes there, and comes back.
            response = HttpResponse(status=204)
            current = request.headers.get("HX-Current-URL", "")
            path = "/" + current.split("/", 3)[3] if current.count("/") >= 3 else path
            response["HX-Redirect"] = f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': path})}"
            return response
        return HttpResponseRedirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': path})}")


class EmptyErrorMiddleware:
    """Gives 405 a page: Django answers it with an empty body."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.streaming or response.content:
            return response
        page = render(request, "errors/405.html", status=405)
        page["Allow"] = response["Allow"]
        return page


class DomainErrorMiddleware:
    """Shows what a service refused, in the frame, with its own status."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if _is_of_nul(error):
            raise BadRequest
        if not isinstance(error, DomainError):
            return None
        return render(
            request,
            f"errors/{error.status}.html",
            {"message": error.message},
            status=error.status,
        )


def _is_of_nul(error: Exception) -> bool:
    """Whether PostgreSQL, alone of the three, refused a text for the character that none can hold.

    Forms refuse it beside the field; here is what an address (`?building=%00`) hands to a query.
    """
    return isinstance(error, DataError | ValueError) and "NUL (0x00)" in str(error)
