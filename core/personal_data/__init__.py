"""What the portal keeps of a person: handed over when they ask, erased when they go.

Each app says in its `personal_data.py`, imported at start, what of it is the person's:

    @exports("notes", _("Notes"), order=60, fields={"at": _("Time"), "text": _("Note")})
    def notes(user) -> Iterable[Mapping[str, Any]]: ...

    @exports_files("requests")
    def files(user) -> Iterable[tuple[str, FieldFile]]: ...

    @erases(order=60)
    def erase_notes(user) -> None: ...

A table with something personal that stands in neither fails the canary test
(`users/tests/test_personal_data.py`).
"""

from core.personal_data import core_rows
from core.personal_data.registry import erase, erases, exports, exports_files

__all__ = ["core_rows", "erase", "erases", "exports", "exports_files"]
