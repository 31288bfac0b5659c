"""Consents: what a person agreed to, and what follows when they take it back."""

from django.db import transaction

from core import clock
from users.choices import CONSENT_VERSIONS, ConsentDocument
from users.models import Consent, CustomUser

# The session's mark: a new version waits to be agreed to.
DUE = "consent_due"


def is_due(user: CustomUser) -> bool:
    """Whether a document that the person agreed to has a version that they have not agreed to.

    One who has withdrawn is not asked again: their account is being erased.
    """
    given = list(Consent.objects.filter(user=user).values_list("document", "version"))
    return any(
        (document, CONSENT_VERSIONS[ConsentDocument(document)]) not in given
        for document in {document for document, _version in given}
    )


def give_consent(user: CustomUser, document: ConsentDocument) -> Consent:
    """Agrees to the version in force; once, however often it is asked."""
    version = CONSENT_VERSIONS[document]
    with transaction.atomic():
        CustomUser.objects.select_for_update().get(pk=user.pk)
        consent, _is_new = Consent.objects.get_or_create(
            user=user,
            document=document,
            version=version,
            withdrawn_at=None,
            defaults={"given_at": clock.now()},
        )
    return consent


def withdraw_consents(user: CustomUser) -> None:
    """Takes back all that stands; the caller sees to it that the account goes too."""
    Consent.objects.filter(user=user, withdrawn_at=None).update(withdrawn_at=clock.now())


def consents_of(user: CustomUser) -> list[Consent]:
    """The newest first."""
    return list(Consent.objects.filter(user=user).order_by("-given_at", "-pk"))
