"""Where files are kept, named late, so that tests and settings decide."""

from django.core.files.storage import Storage, storages


def private_storage() -> Storage:
    """For files that a view hands out after a check; never under a public address."""
    return storages["private"]
