"""Where to go next, when the address comes from outside."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def is_own_url(request: HttpRequest, url: str) -> bool:
    """Whether `url` leads to this very host: nobody is sent elsewhere by a forged link."""
    return url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
