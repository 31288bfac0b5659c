"""The end of a visit: photos, a signature, and the request connected, sent in one form.

What was brought is kept first, in a transaction of its own; then the request is moved. So a move
that is refused loses nothing: the form comes back, and what was sent stands in it.
"""

import base64
import binascii
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image

from core import clock
from core.actor import Actor
from core.errors import Conflict, DomainError, Forbidden
from core.events import Draft, emit_many
from core.ids import new_public_id
from core.querysets import get_visible
from core.uploads import ending_of, read_picture
from subscriptions.choices import AppointmentState, RequestKind, RequestState, Side
from subscriptions.models import Appointment, ConnectionRequest, RequestFile, VisitReport
from subscriptions.request_workflow import sides_of
from subscriptions.services.parties import know_parties, parties_of
from subscriptions.services.requests import move_request
from subscriptions.services.requests.files import FILES_AT_MOST
from subscriptions.services.requests.input import clean_text

PHOTOS_AT_MOST = 10
PHOTO_SIDE = 2000
SIGNATURE_SIDE = 1000
SIGNATURE_BYTES = 300_000
NAME_LENGTH = 150
NOTE_LENGTH = 1000
_PNG = "data:image/png;base64,"


@dataclass(frozen=True, slots=True)
class Brought:
    """What the form of a finished visit holds."""

    form_token: UUID
    photos: Sequence[UploadedFile] = ()
    # As the canvas gives it: a data URL of a PNG.
    signature: str = ""
    signed_name: str = ""
    accepted: bool = False
    note: str = ""


@dataclass(slots=True)
class _Checked:
    pictures: list[tuple[str, ContentFile]] = field(default_factory=list)
    signature: ContentFile | None = None
    name: str = ""
    note: str = ""
    refused: list[DomainError] = field(default_factory=list)


def complete_visit(
    actor: Actor, number: str, brought: Brought, version: int | None = None
) -> ConnectionRequest:
    """Keeps what was brought and moves the request to CONNECTED; returns it as it is now.

    Work that has not begun begins and ends at once. The same form sent again changes nothing.
    Raises NotVisible, Forbidden, Conflict, or DomainError with field `photos`, `signature`,
    `signed_name` or `note`: what was good of the form is kept then, and shown by `report_of`.
    """
    request = get_visible(ConnectionRequest.objects, actor, number=number)
    if not sides_of(actor, request) & {Side.PROVIDER, Side.STAFF}:
        raise Forbidden(_("Your side cannot do this with the request."))
    checked = _check(brought)
    report = _keep(actor, request, brought, checked)
    if checked.refused:
        raise checked.refused[0]
    if report.completed_at is not None:
        return request
    if report.signature_id is None and not report.signed_name:
        raise DomainError(
            _("Let the client sign, or write who accepted the work and tick that they did."),
            field="signature",
        )
    return _finish(actor, request, report, version)


def report_of(actor: Actor, request: ConnectionRequest) -> VisitReport | None:
    """What has been kept of the visit of a request so far."""
    rows = VisitReport.objects.visible_to(actor).filter(visit__request=request)
    return rows.select_related("signature").prefetch_related("photos").order_by("-pk").first()


# --- what was brought -------------------------------------------------------------------------
def _check(brought: Brought) -> _Checked:
    """What is good of it, and what is not."""
    checked = _Checked()
    photos = list(brought.photos)
    if len(photos) > PHOTOS_AT_MOST:
        message = _("At most %(count)s photos at once.") % {"count": PHOTOS_AT_MOST}
        checked.refused.append(DomainError(message, field="photos"))
        photos = photos[:PHOTOS_AT_MOST]
    for place, photo in enumerate(photos, start=1):
        try:
            picture = read_picture(photo, most_side=PHOTO_SIDE, field="photos")
        except DomainError as error:
            checked.refused.append(error)
        else:
            name = f"{_('Photo')} {place}.{ending_of(picture.name or '')}"
            checked.pictures.append((name, picture))
    try:
        checked.signature = _drawn(brought.signature)
        name = clean_text(brought.signed_name, NAME_LENGTH, "signed_name")
        checked.note = clean_text(brought.note, NOTE_LENGTH, "note")
    except DomainError as error:
        checked.refused.append(error)
        return checked
    if name and not brought.accepted and checked.signature is None:
        message = _("Tick that the work is accepted, or let the client sign.")
        checked.refused.append(DomainError(message, field="accepted"))
    elif name:
        checked.name = name
    return checked


def _drawn(data: str) -> ContentFile | None:
    """The drawn signature as a PNG, written anew; None where nothing was drawn."""
    if not data:
        return None
    unreadable = DomainError(_("The signature cannot be read: draw it again."), field="signature")
    if not data.startswith(_PNG) or len(data) > SIGNATURE_BYTES:
        raise unreadable
    try:
        content = base64.b64decode(data.removeprefix(_PNG), validate=True)
        picture = read_picture(
            SimpleUploadedFile("signature.png", content),
            most_side=SIGNATURE_SIDE,
            field="signature",
        )
    except (binascii.Error, ValueError, DomainError) as error:
        raise unreadable from error
    kept = io.BytesIO()
    with Image.open(picture) as drawn:
        drawn.save(kept, "PNG", optimize=True)
    return ContentFile(kept.getvalue(), name="signature.png")


def _keep(
    actor: Actor, request: ConnectionRequest, brought: Brought, checked: _Checked
) -> VisitReport:
    """The report of the visit with what is new in it; the same form adds nothing twice."""
    made: list[RequestFile] = []
    try:
        with transaction.atomic():
            row = ConnectionRequest.objects.select_for_update().get(pk=request.pk)
            know_parties(row)
            visit = _visit_of(row)
            report, is_new = VisitReport.objects.get_or_create(
                visit=visit,
                defaults={
                    "form_token": brought.form_token,
                    "created_by": actor.user,
                    "created_at": clock.now(),
                },
            )
            if report.completed_at is not None or (
                report.form_token == brought.form_token and not is_new
            ):
                return report
            _take_in(actor, row, report, checked, made)
            report.form_token = brought.form_token
            report.save()
    except BaseException:
        # The rows did not come to be: nobody would ever find the files.
        for file in made:
            file.file.delete(save=False)
        raise
    return report


def _take_in(
    actor: Actor,
    request: ConnectionRequest,
    report: VisitReport,
    checked: _Checked,
    made: list[RequestFile],
) -> None:
    if request.files.count() + len(checked.pictures) >= FILES_AT_MOST:
        raise DomainError(_("There are enough files here already."), field="photos")
    photos = [_file(actor, request, name, picture, made) for name, picture in checked.pictures]
    if checked.signature is not None:
        name = f"{_('Signature')}.{ending_of(checked.signature.name or '')}"
        report.signature = _file(actor, request, name, checked.signature, made)
    report.photos.add(*photos)
    report.signed_name = checked.name or report.signed_name
    report.note = checked.note or report.note
    emit_many(
        actor,
        [
            Draft(
                "file.added",
                request,
                parties_of(request),
                {"number": request.number, "file": file.pk},
            )
            for file in made
        ],
    )


def _file(
    actor: Actor,
    request: ConnectionRequest,
    name: str,
    content: ContentFile,
    made: list[RequestFile],
) -> RequestFile:
    public_id = new_public_id()
    row = RequestFile(
        public_id=public_id,
        request=request,
        name=name,
        size=content.size,
        uploaded_by=actor.user,
        organization=actor.organization,
        created_at=clock.now(),
    )
    row.file.save(f"{public_id}.{ending_of(name)}", content, save=False)
    made.append(row)
    row.save(force_insert=True)
    return row


def _visit_of(request: ConnectionRequest) -> Appointment:
    """The visit that is being ended, or was."""
    states = (AppointmentState.CONFIRMED, AppointmentState.DONE)
    visit = request.appointments.filter(state__in=states).order_by("-pk").first()
    if visit is None:
        raise Conflict(_("No visit is agreed upon for this request."))
    return visit


# --- the move ---------------------------------------------------------------------------------
def _finish(
    actor: Actor, request: ConnectionRequest, report: VisitReport, version: int | None
) -> ConnectionRequest:
    with transaction.atomic():
        row = ConnectionRequest.objects.select_for_update().get(pk=request.pk)
        ended = VisitReport.objects.filter(pk=report.pk, completed_at__isnull=False)
        if ended.exists():
            return row
        if row.state == RequestState.SCHEDULED:
            row = move_request(actor, row.number, "start_work", version=version)
            version = row.version
        ending = "connect" if row.kind == RequestKind.CONNECT else "complete"
        row = move_request(actor, row.number, ending, version=version)
        VisitReport.objects.filter(pk=report.pk).update(completed_at=clock.now())
    return row
