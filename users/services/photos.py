"""The photo of a person: public, small, under a name that says nothing."""

import secrets
from pathlib import PurePosixPath

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from core.actor import Actor
from core.uploads import read_picture
from users.models import CustomUser

# Shown at 96 px at most; twice as many pixels for dense screens, and some to spare.
MOST_SIDE = 320


def set_photo(actor: Actor, upload: UploadedFile) -> CustomUser:
    """Keeps the picture, written anew; the former photo goes. Raises DomainError, field `photo`."""
    picture = read_picture(upload, most_side=MOST_SIDE, field="photo")
    name = secrets.token_hex(16) + PurePosixPath(picture.name or "").suffix
    user = CustomUser.objects.get(pk=actor.user.pk)
    former = user.photo.name
    user.photo.save(name, picture, save=False)
    return _keep(user, former)


def remove_photo(actor: Actor) -> CustomUser:
    user = CustomUser.objects.get(pk=actor.user.pk)
    former = user.photo.name
    user.photo = ""
    return _keep(user, former)


def _keep(user: CustomUser, former: str | None) -> CustomUser:
    storage = user.photo.storage
    with transaction.atomic():
        user.save(update_fields=["photo"])
        if former:
            transaction.on_commit(lambda: storage.delete(former))
    return user
