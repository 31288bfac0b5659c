"""People, organizations and what belongs to them, for staff: one module per noun."""

from users.admin import journal, organizations, people, trust  # noqa: F401 - registered there
from users.admin.scoped import ReadOnlyAdmin, ScopedAdmin, admin_actor

__all__ = ["ReadOnlyAdmin", "ScopedAdmin", "admin_actor"]
