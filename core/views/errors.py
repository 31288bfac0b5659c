"""Error pages in the site's frame: what is wrong, and what to do."""

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from core.theme import theme_of


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is missing or old: a tab left open overnight, or cookies turned off."""
    message = _("The form is out of date. Go back, reload the page and send it again.")
    return error_page(request, 403, message)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    # A body over the limit is a SuspiciousOperation for Django, and so arrives here.
    return error_page(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 404)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    return error_page(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """The page of last resort: no context processors, no actor, no database."""
    context = {
        "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
        "theme": theme_of(request),
        "language": translation.get_language(),
    }
    return HttpResponseServerError(render_to_string("errors/500.html", context))


def error_page(request: HttpRequest, status: int, message: str = "") -> HttpResponse:
    """The page `errors/<status>.html`, with `message` in place of its general sentence."""
    return render(request, f"errors/{status}.html", {"message": message}, status=status)
