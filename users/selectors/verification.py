"""Reads of verifications and claims."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import OrganizationKind
from core.errors import NotVisible
from core.folding import digits_of, fold
from core.ids import is_public_id
from users.models import CustomUser, Organization, Verification, VerificationDocument

FOUND = 20
# Shorter beginnings of a name find everybody.
SHORTEST = 3


def history_of(actor: Actor, organization: Organization) -> list[Verification]:
    """What an organization asked for, the newest first, with documents; two queries."""
    rows = Verification.objects.visible_to(actor).filter(organization=organization)
    return list(rows.prefetch_related("documents").order_by("-id")[:FOUND])


def claims_of(user: CustomUser) -> list[Verification]:
    """What a person claimed, the newest first, with documents; two queries."""
    rows = Verification.objects.claims_of(user).select_related("organization")
    return list(rows.prefetch_related("documents").order_by("-id")[:FOUND])


def claimable(text: str) -> list[Organization]:
    """Providers that staff had entered: by a whole INN, or by a beginning of a word of the name."""
    rows = Organization.objects.filter(
        kind=OrganizationKind.PROVIDER, is_claimed=False, is_active=True, is_sandbox=False
    )
    digits = digits_of(text)
    if len(digits) in (10, 12) and not any(character.isalpha() for character in text):
        return list(rows.filter(inn=digits).order_by("search_name")[:FOUND])
    wanted = fold(text)
    if len(wanted) < SHORTEST:
        return []
    by_name = rows.filter(search_name__startswith=wanted) | rows.filter(
        search_name__contains=f" {wanted}"
    )
    return list(by_name.order_by("search_name")[:FOUND])


def queue(actor: Actor, state: str) -> QuerySet[Verification]:
    """What staff look at, in one state: what waits longest first, what is decided newest first."""
    rows = Verification.objects.visible_to(actor).filter(state=state)
    return rows.select_related("organization", "applicant", "decided_by")


def verification_of(rows: QuerySet[Verification], public_id: str) -> Verification:
    """One of `rows` with all that its page names. Raises NotVisible."""
    related = rows.select_related("organization", "applicant", "decided_by")
    found = related.filter(public_id=public_id).first() if is_public_id(public_id) else None
    if found is None:
        raise NotVisible(_("There is no such page, or it is not yours to see."))
    return found


def document_of(actor: Actor, public_id: str) -> VerificationDocument:
    """A document of what the actor sees as staff or as its organization's owner, or claimed.

    Raises NotVisible.
    """
    found = None
    if is_public_id(public_id) and actor.user is not None:
        rows = VerificationDocument.objects.select_related("verification")
        found = rows.filter(public_id=public_id).first()
    if found is not None:
        seen = Verification.objects.visible_to(actor) | Verification.objects.claims_of(actor.user)
        if seen.filter(pk=found.verification_id).exists():
            return found
    raise NotVisible(_("There is no such file, or it is not yours to see."))
