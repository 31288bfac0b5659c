"""Sessions in the database, read by SQL that is worked out once.

Every request of a person begins with this read; as a QuerySet it costs Python more than the query
costs the database.
"""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from core.prepared_rows import PreparedRows

_FIELDS = ("session_key", "session_data", "expire_date")
_ROWS = PreparedRows(
    lambda key, moment: Session.objects.filter(session_key=key, expire_date__gt=moment).values_list(
        *_FIELDS
    )
)


class SessionStore(db.SessionStore):
    """Django's own but for the read; the name is kept: sessions are signed with it."""

    def _get_session_from_db(self) -> Any:
        rows = _ROWS.fetch(key=self.session_key, moment=timezone.now()) if self.session_key else []
        if rows:
            return self.model.from_db(None, _FIELDS, rows[0])
        self._session_key = None
        return None
