"""Files of a form that may have to be sent again: what was good is there the next time."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from core.http import Request
from core.parts.text import file_size
from core.uploads import CONTENT_TYPES
from support.models import HeldFile
from support.services import held_files


class FilesOfForm:
    """Files that came with this request, and those that were kept from earlier ones.

    `refusals` says what is wrong with those that came. `unhold` names a kept file to take back.
    """

    def __init__(self, request: Request, token: UUID | None) -> None:
        self.request = request
        self.token = token
        self.was_changed = "unhold" in request.POST
        if self.was_changed and token is not None:
            held_files.drop_one(request.actor, token, request.POST["unhold"])
        self.held: list[HeldFile] = held_files.held(request.actor, token)
        uploads = request.FILES.getlist("files")
        self.fresh: list[UploadedFile]
        self.fresh, self.refusals = held_files.sift(uploads, len(self.held))

    def keep(self) -> None:
        """Keeps what came, for the next time the form is sent."""
        if self.token is None:
            return
        held_files.hold(self.request.actor, self.token, self.fresh)
        if self.fresh:
            self.held = held_files.held(self.request.actor, self.token)
        self.fresh = []

    @contextmanager
    def for_service(self) -> Iterator[list[UploadedFile]]:
        """All of them, as a service takes them."""
        with held_files.opened(self.held) as kept:
            yield [*kept, *self.fresh]

    def forget(self) -> None:
        """The form was accepted: its files are elsewhere by now."""
        held_files.drop(self.held)


def files_hint() -> str:
    kinds = ", ".join(CONTENT_TYPES)
    size = file_size(settings.UPLOAD_MAX_BYTES)
    return _("%(kinds)s; together up to %(size)s") % {"kinds": kinds, "size": size}
