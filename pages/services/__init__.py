"""What changes pages of the public site."""

from pages.services.public_places import refresh_public_places

__all__ = ["refresh_public_places"]
