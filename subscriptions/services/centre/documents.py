"""Papers of a subscription: contracts, acts, invoices, in private storage."""

from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import Role
from core.errors import DomainError, Forbidden
from core.events import emit
from core.ids import new_public_id
from core.querysets import get_visible
from core.uploads import check_upload, ending_of
from subscriptions.centre_rights import may_add_papers, told_of
from subscriptions.choices import DocumentKind
from subscriptions.models import Subscription, SubscriptionFile

PAPERS_AT_MOST = 100


def add_paper(actor: Actor, row: Subscription, upload: UploadedFile, kind: str) -> SubscriptionFile:
    """Keeps a document with a subscription, in private storage under a random name.

    Raises NotVisible, Forbidden, DomainError with field `file` or `kind`.
    """
    row = get_visible(
        Subscription.objects.select_related("owner", "provider", "holder"), actor, pk=row.pk
    )
    if not may_add_papers(actor, row):
        raise Forbidden(_("You cannot add documents here."))
    if kind not in DocumentKind.values:
        raise DomainError(_("Say what document it is."), field="kind")
    name = check_upload(upload)
    if row.files.count() >= PAPERS_AT_MOST:
        raise DomainError(_("There are enough files here already."), field="file")
    public_id = new_public_id()
    added = SubscriptionFile(
        public_id=public_id,
        subscription=row,
        kind=kind,
        name=name,
        size=upload.size or 0,
        uploaded_by=actor.user,
        organization=actor.organization,
        created_at=clock.now(),
    )
    added.file.save(f"{public_id}.{ending_of(name)}", File(upload), save=False)
    try:
        with transaction.atomic():
            added.save(force_insert=True)
            data = {"number": row.number, "file": added.pk, "kind": kind}
            emit(actor, "subscription.file_added", row, told_of(row), data)
    except BaseException:
        # The row did not come to be: nobody would ever find the file.
        added.file.delete(save=False)
        raise
    return added


def may_remove_paper(actor: Actor, paper: SubscriptionFile) -> bool:
    """Who added it, and managers of the organization that did."""
    if actor.organization is None or paper.organization_id != actor.organization_id:
        return False
    if actor.user_id is not None and paper.uploaded_by_id == actor.user_id:
        return actor.has_role(Role.MEMBER)
    return actor.is_admin or actor.has_role(Role.MANAGER)


def remove_paper(actor: Actor, row: Subscription, paper: SubscriptionFile) -> None:
    """Throws a document away, with its file. Raises NotVisible, Forbidden."""
    row = get_visible(
        Subscription.objects.select_related("owner", "provider", "holder"), actor, pk=row.pk
    )
    if not may_remove_paper(actor, paper):
        raise Forbidden(_("Who added a document removes it."))
    with transaction.atomic():
        kind, file = paper.kind, paper.file
        deleted, _rows = SubscriptionFile.objects.filter(pk=paper.pk).delete()
        if not deleted:
            return
        data = {"number": row.number, "kind": kind}
        emit(actor, "subscription.file_removed", row, told_of(row), data)
        transaction.on_commit(lambda: file.delete(save=False))
