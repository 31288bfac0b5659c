"""Any gateway that takes a message as a form: its parameters are written into SMS_URL.

    https://gate.example.ru/send?api_id=KEY&to={phone}&msg={text}

The query is sent as the body of a POST, so that neither key nor message stands in anybody's log; a
user and password in the address go as HTTP authentication. {phone} is 79123456789, {text} the
message. Gateways that answer 200 to what they refuse need SMS_ACCEPTED: words that stand in the
answer to a message that was taken.
"""

from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from django.conf import settings

from core.jobs import PermanentFailure, TemporaryFailure
from core.outgoing import OutgoingError, post_form
from users.sms.base import Gateway

# What may pass by itself: too early, too slow, too many.
_NOT_NOW = {408, 425, 429}


class HTTPGateway(Gateway):
    def send(self, phone: str, text: str) -> None:
        parts = urlsplit(self.url)
        given = {"{phone}": phone.lstrip("+"), "{text}": text}
        fields = {
            name: given.get(value, value)
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
        }
        auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        address = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
        try:
            answer = post_form(address, fields, auth=auth)
        except OutgoingError as error:
            raise TemporaryFailure(str(error)) from None
        if answer.status in _NOT_NOW or answer.status >= 500:
            raise TemporaryFailure(f"the gateway answered {answer.status}")
        if answer.status >= 300:
            raise PermanentFailure(f"the gateway answered {answer.status}")
        if settings.SMS_ACCEPTED and settings.SMS_ACCEPTED not in answer.text:
            raise PermanentFailure("the gateway's answer lacks SMS_ACCEPTED")
