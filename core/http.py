"""The request as views get it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from core.actor import Actor


class Request(HttpRequest):
    """A request that the middleware has seen; for annotations alone."""

    actor: Actor
    htmx: HtmxDetails
