"""Text messages about an account: written and sent by a job, never in the request."""

import json
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from core import clock
from core.jobs import PermanentFailure
from core.vault import unseal
from users import sms


def send_code(sealed: str) -> None:
    """Sends the code of a phone, from what `users.services.phones.send_code` sealed.

    A code that has run out while the gateway was away is not sent. Raises PermanentFailure where no
    gateway is set up, and the gateway's failures.
    """
    message = json.loads(unseal(sealed))
    if datetime.fromisoformat(message["until"]) <= clock.now():
        return
    try:
        gateway = sms.gateway()
    except LookupError as error:
        raise PermanentFailure(str(error)) from error
    with translation.override(message["language"]):
        # Short: one message holds 70 letters, and each is paid for.
        text = _("%(code)s is your code for Estconnect. Tell it to nobody.")
    gateway.send(message["phone"], text % {"code": message["code"]})
