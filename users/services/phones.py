"""The phone that a person signs in with: theirs once a code sent to it has come back."""

import json
from datetime import timedelta

from allauth.account import app_settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import clock
from core.errors import Conflict
from core.vault import seal
from users import jobs
from users.choices import SecurityKind
from users.models import CustomUser
from users.phones import parse_phone
from users.services.security import Origin, note


def send_code(phone: str, code: str, language: str) -> None:
    """Leaves the message to a job: sealed, since phone and code are for nobody's eyes."""
    until = clock.now() + timedelta(seconds=app_settings.PHONE_VERIFICATION_TIMEOUT)
    message = {"phone": phone, "code": code, "language": language, "until": until.isoformat()}
    jobs.send_phone_code.enqueue(seal(json.dumps(message)))


def confirm_phone(user: CustomUser, phone: str, origin: Origin) -> None:
    """Gives the phone to who has shown that it is in their hands.

    Numbers change hands: another account that had it signs in by e-mail from now on, and is told.
    Raises Conflict when two show it at the same moment.
    """
    wanted = parse_phone(phone)
    try:
        with transaction.atomic():
            # In a stable order, so that two who exchange their numbers do not wait for each other.
            rows = CustomUser.objects.select_for_update().filter(Q(pk=user.pk) | Q(phone=wanted))
            for row in rows.order_by("pk"):
                if row.pk != user.pk:
                    _set(row, None)
                    note(row, SecurityKind.PHONE_CHANGED)
            _set(user, wanted)
            note(user, SecurityKind.PHONE_CHANGED, origin)
    except IntegrityError as error:
        raise Conflict(_("Ask for a new code: something came in between.")) from error


def remove_phone(user: CustomUser, origin: Origin) -> None:
    """One signs in by e-mail alone from now on; once more changes nothing."""
    with transaction.atomic():
        row = CustomUser.objects.select_for_update().get(pk=user.pk)
        if row.phone:
            _set(row, None)
            note(user, SecurityKind.PHONE_CHANGED, origin)


def _set(user: CustomUser, phone: object) -> None:
    user.phone = phone
    user.save(update_fields=["phone"])
