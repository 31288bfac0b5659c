"""Phones as people write them."""

from django.conf import settings
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import NumberParseException

from core.errors import DomainError


def parse_phone(text: str | PhoneNumber) -> PhoneNumber:
    """The phone meant by `text`: "8 912 …", "+7 (912) …" and "912…" are one Russian number.

    Raises DomainError on the field `phone` when it is no phone.
    """
    refused = DomainError(
        _("This is not a phone number. Write it like +7 912 345-67-89."), field="phone"
    )
    try:
        phone = PhoneNumber.from_string(str(text), region=settings.PHONENUMBER_DEFAULT_REGION)
    except NumberParseException as error:
        raise refused from error
    if not phone.is_valid():
        raise refused
    # An extension is no part of what is dialled for search or SMS, and E.164 has no place for it.
    return PhoneNumber.from_string(phone.as_e164)
