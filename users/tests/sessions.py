"""What a session remembers of how its person signed in."""

import time
from typing import Any

from allauth.account.internal.flows import login
from django.test import Client as Browser

TEN_MINUTES = 600


def prove(browser: Browser, user: Any, seconds_ago: float = 0) -> Browser:
    """As if the person had given their password in this browser, so long ago."""
    session = browser.session
    record = {"method": "password", "at": time.time() - seconds_ago, "reauthenticated": True}
    session[login.AUTHENTICATION_METHODS_SESSION_KEY] = [record]
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = login.user_id_to_str(user)
    session.save()
    return browser
