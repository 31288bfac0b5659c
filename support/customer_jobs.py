"""What runs later for those who ask."""

from support.services import held_files

__all__ = ["held_files"]
