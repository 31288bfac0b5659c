"""How allauth's second factor fits the portal: its secrets are stored encrypted."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.vault import is_sealed, rotates, seal, unseal

# What in an authenticator's data is a secret: the seed of codes of an app, and of recovery codes.
# A passkey has none: the portal keeps its public half.
SECRETS = ("secret", "seed")


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("That did not work. Check the code, or try another way."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Reads what was stored before there were keys too; `rotate_secrets` encrypts it."""
        return unseal(encrypted_text) if is_sealed(encrypted_text) else encrypted_text

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the site's own name, whatever host a request names."""
        return {"id": urlsplit(settings.SITE_URL).hostname or "", "name": "Estconnect"}

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)d") % {"number": number}


@rotates("second factors")
def rotate_authenticators(reseal: Callable[[str], str]) -> Iterator[None]:
    """A row at a time under its lock: a recovery code used meanwhile stays used."""
    kept = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
    for pk in list(kept.values_list("pk", flat=True)):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if row is None:
                continue
            for name in SECRETS:
                if name in row.data:
                    row.data[name] = reseal(row.data[name])
            row.save(update_fields=["data"])
        yield
