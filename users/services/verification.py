"""Showing who one is: an organization asks to be verified, a person claims one; staff decide."""

from collections.abc import Sequence

from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, PartyRole, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.events import emit
from core.ids import new_public_id
from core.uploads import check_upload, ending_of
from users.choices import RefusalReason, VerificationKind, VerificationState
from users.models import Membership, Organization, Verification, VerificationDocument
from users.services.members import give_role, join, require_owner
from users.services.organizations import require_administrator, verify_organization

KINDS = ("pdf", "jpg", "jpeg", "png", "heic")
DOCUMENTS_AT_MOST = 10
COMMENT_LENGTH = 2000
# Claims of one person that wait at once: staff look at each.
CLAIMS_AT_MOST = 3


def ask_for_verification(
    actor: Actor, *, documents: Sequence[UploadedFile], comment: str = ""
) -> Verification:
    """Lays an organization's documents before the staff. For its owners.

    Raises Forbidden; Conflict while another waits or when it is verified; DomainError with `field`
    for documents that cannot be kept, and without INN and OGRN.
    """
    organization = actor.organization
    if organization is None or not organization.is_verifiable:
        raise Forbidden(_("Organizations of this kind need no verification."))
    require_owner(actor, organization)
    if organization.verified_at is not None:
        raise Conflict(_("Your organization is verified already."))
    if not organization.inn or not organization.ogrn:
        raise DomainError(_("Fill in the INN and the OGRN of your organization first."))
    row = Verification(
        kind=VerificationKind.VERIFY,
        organization=organization,
        open_key=f"{VerificationKind.VERIFY}:{organization.pk}",
    )
    return _submit(actor, row, documents, comment)


def claim_organization(
    actor: Actor, organization: Organization, *, documents: Sequence[UploadedFile], comment: str
) -> Verification:
    """Asks for an organization that staff had entered, to become its first owner.

    Raises NotVisible for one that is nobody's to claim, Conflict while the person's claim of it
    waits, DomainError with `field`.
    """
    if actor.user is None or actor.leave is not None:
        raise Forbidden(_("Sign in to do this."))
    if not is_claimable(organization):
        raise NotVisible(_("This organization is on the portal already."))
    waiting = Verification.objects.claims_of(actor.user).filter(state=VerificationState.OPEN)
    if waiting.exclude(organization=organization).count() >= CLAIMS_AT_MOST:
        raise DomainError(_("You have asked for several organizations: wait for the answers."))
    row = Verification(
        kind=VerificationKind.CLAIM,
        organization=organization,
        open_key=f"{VerificationKind.CLAIM}:{organization.pk}:{actor.user.pk}",
    )
    return _submit(actor, row, documents, comment)


def is_claimable(organization: Organization) -> bool:
    return (
        organization.kind == OrganizationKind.PROVIDER
        and organization.is_active
        and not organization.is_claimed
    )


def withdraw(actor: Actor, verification: Verification) -> None:
    """Takes back what waits; once more changes nothing. Raises Forbidden, Conflict if decided."""
    is_applicant = actor.user_id == verification.applicant_id
    if verification.kind == VerificationKind.VERIFY:
        require_owner(actor, verification.organization)
    elif not is_applicant:
        raise Forbidden(_("Only who asked can take it back."))
    with transaction.atomic():
        _organization, row = _locked(verification)
        if row.state == VerificationState.WITHDRAWN:
            return
        _require_waiting(row)
        _close(row, VerificationState.WITHDRAWN)
        _tell(actor, "verification.withdrawn", row)


def approve(actor: Actor, verification: Verification) -> Verification:
    """The organization is verified; whoever claimed it becomes its owner. For administrators.

    Of several claims one wins: the others are refused. Raises Forbidden, Conflict when it has been
    decided or the organization claimed meanwhile.
    """
    require_administrator(actor)
    with transaction.atomic():
        organization, row = _locked(verification)
        _require_waiting(row)
        row.decided_by = actor.user
        _close(row, VerificationState.APPROVED)
        if row.kind == VerificationKind.CLAIM:
            _hand_to_applicant(actor, organization, row)
        verify_organization(actor, organization)
        _tell(actor, "verification.approved", row, kind=row.kind)
    return row


def refuse(
    actor: Actor, verification: Verification, *, reason: RefusalReason, note: str = ""
) -> Verification:
    """Says why not, and what to do about it; the applicant may ask again. For administrators.

    Raises Forbidden, Conflict when it has been decided, DomainError with field `note` where the
    reason needs words.
    """
    require_administrator(actor)
    words = note.strip()[:COMMENT_LENGTH]
    if reason == RefusalReason.OTHER and not words:
        raise DomainError(_("Write what is wrong and what to do."), field="note")
    with transaction.atomic():
        _organization, row = _locked(verification)
        _require_waiting(row)
        row.decided_by = actor.user
        _refuse(actor, row, reason, words)
    return row


def _submit(
    actor: Actor, row: Verification, documents: Sequence[UploadedFile], comment: str
) -> Verification:
    if not documents:
        raise DomainError(_("Add at least one document."), field="documents")
    if len(documents) > DOCUMENTS_AT_MOST:
        raise DomainError(
            _("At most %(count)s documents.") % {"count": DOCUMENTS_AT_MOST}, field="documents"
        )
    names = [_checked(upload) for upload in documents]
    row.applicant = actor.user
    row.comment = comment.strip()[:COMMENT_LENGTH]
    row.submitted_at = clock.now()
    kept: list[VerificationDocument] = []
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            for upload, name in zip(documents, names, strict=True):
                kept.append(_keep(row, upload, name))
            _tell(actor, "verification.asked", row, kind=row.kind)
    except BaseException as error:
        # The rows did not come to be: nobody would ever find the files.
        for document in kept:
            document.file.delete(save=False)
        if isinstance(error, IntegrityError):
            raise Conflict(_("You have asked already: wait for the answer.")) from error
        raise
    return row


def _checked(upload: UploadedFile) -> str:
    try:
        return check_upload(upload, KINDS)
    except DomainError as error:
        raise DomainError(f"{upload.name}: {error}", field="documents") from error


def _keep(row: Verification, upload: UploadedFile, name: str) -> VerificationDocument:
    public_id = new_public_id()
    document = VerificationDocument(
        public_id=public_id,
        verification=row,
        name=name,
        size=upload.size or 0,
        created_at=clock.now(),
    )
    document.file.save(f"{public_id}.{ending_of(name)}", File(upload), save=False)
    document.save(force_insert=True)
    return document


def _hand_to_applicant(actor: Actor, organization: Organization, row: Verification) -> None:
    if not is_claimable(organization):
        raise Conflict(_("This organization has been claimed in the meantime."))
    organization.is_claimed = True
    organization.save(update_fields=["is_claimed"])
    applicant = row.applicant
    present = Membership.objects.filter(
        organization=organization, user=applicant, is_active=True
    ).first()
    if present is None:
        join(actor, organization, applicant, Role.OWNER, None)
    else:
        give_role(actor, present, Role.OWNER)
    others = Verification.objects.select_for_update().filter(
        organization=organization, kind=VerificationKind.CLAIM, state=VerificationState.OPEN
    )
    for other in others.exclude(pk=row.pk).order_by("pk"):
        with translation.override(other.applicant.language):
            note = _("Somebody else has shown that it is theirs. If you disagree, write us.")
        other.decided_by = actor.user
        _refuse(actor, other, RefusalReason.OTHER, note)


def _refuse(actor: Actor, row: Verification, reason: RefusalReason, note: str) -> None:
    from users.jobs import send_claim_refused

    row.refusal, row.refusal_note = reason, note
    _close(row, VerificationState.REFUSED)
    _tell(actor, "verification.refused", row, kind=row.kind, reason=str(reason))
    if row.kind == VerificationKind.CLAIM:
        # Not of the organization yet, so no bell of theirs rings.
        send_claim_refused.enqueue(row.pk)


def _locked(verification: Verification) -> tuple[Organization, Verification]:
    """Both rows, the organization first, as everywhere: its events refer to it."""
    organization = Organization.objects.select_for_update().get(pk=verification.organization_id)
    return organization, Verification.objects.select_for_update().get(pk=verification.pk)


def _require_waiting(row: Verification) -> None:
    if row.state != VerificationState.OPEN:
        raise Conflict(_("This has been decided or withdrawn in the meantime."))


def _close(row: Verification, state: VerificationState) -> None:
    row.state, row.open_key, row.decided_at = state, None, clock.now()
    row.save()


def _tell(actor: Actor, event: str, row: Verification, **data: str) -> None:
    emit(actor, event, row, {PartyRole.OWNER: row.organization}, data)
