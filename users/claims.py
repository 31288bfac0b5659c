"""The way to claim a provider that staff had entered, for one who registers with its INN.

The provider is remembered in the session and in the link of the letter that confirms the address:
whichever comes first after the sign-in leads to the claim.
"""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from users.models import Organization

# The session's key: the public id of the provider to be claimed.
INTENDED = "claim"


def intend(request: HttpRequest, provider: Organization) -> None:
    request.session[INTENDED] = provider.public_id


def intended(request: HttpRequest) -> str:
    """The public id of what this browser came to claim; "" for nothing."""
    return str(request.session.get(INTENDED, ""))


def way_to_claim(public_id: str) -> str:
    """The page on which the provider is claimed; "" when there is nothing to claim any more."""
    provider = Organization.objects.filter(public_id=public_id, is_claimed=False).first()
    if provider is None:
        return ""
    return f"{reverse('organization_claim')}?{urlencode({'inn': provider.inn})}"
