"""The request as views get it."""

from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

from core.actor import Actor


class Request(HttpRequest):
    """A request that the middleware has seen; for annotations alone."""

    actor: Actor
    htmx: HtmxDetails


def tell_no_other_site(response: HttpResponse) -> None:
    """For a page whose address is a secret: links and pictures on it do not carry it away.

    Not `no-referrer`: a browser then sends the page's own forms with `Origin: null`, and they are
    refused as forged.
    """
    response["Referrer-Policy"] = "same-origin"
