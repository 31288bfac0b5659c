"""Files of the register as tests need them: made here, with the attributes that are read."""

import uuid
import zipfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

DAY = "20261120"
_ROOTS = {
    "ADDR_OBJ": ("ADDRESSOBJECTS", "OBJECT"),
    "HOUSES": ("HOUSES", "HOUSE"),
    "ADM_HIERARCHY": ("ITEMS", "ITEM"),
    "MUN_HIERARCHY": ("ITEMS", "ITEM"),
    "HOUSES_PARAMS": ("PARAMS", "PARAM"),
    "HOUSE_TYPES": ("HOUSETYPES", "HOUSETYPE"),
    "ADDHOUSE_TYPES": ("HOUSETYPES", "HOUSETYPE"),
}


def guid(number: int) -> str:
    return str(uuid.UUID(int=number))


class Register:
    """A small region: rows are added by name, then written to a folder or an archive."""

    def __init__(self, region: str = "16") -> None:
        self.region = region
        self.rows: dict[str, list[dict[str, object]]] = {
            kind: [] for kind in ("ADDR_OBJ", "HOUSES", "ADM_HIERARCHY", "HOUSES_PARAMS")
        }

    def place(self, number, name, type_="ул", level=8, above=1, **other) -> int:
        fields = {"NAME": name, "TYPENAME": type_, "LEVEL": level}
        return self._object("ADDR_OBJ", number, above, fields | other)

    def house(self, number, text, above, code="", **other) -> int:
        if code:
            self.rows["HOUSES_PARAMS"] += [
                {"OBJECTID": number, "TYPEID": 5, "VALUE": "000000", "ENDDATE": "2019-01-01"},
                {"OBJECTID": number, "TYPEID": 6, "VALUE": "92401", "ENDDATE": "2079-06-06"},
                {"OBJECTID": number, "TYPEID": 5, "VALUE": code, "ENDDATE": "2079-06-06"},
            ]
        return self._object("HOUSES", number, above, {"HOUSENUM": text, "HOUSETYPE": 2} | other)

    def _object(self, kind, number, above, fields) -> int:
        actual = {"OBJECTID": number, "ISACTUAL": 1, "ISACTIVE": 1}
        known = guid(number if isinstance(number, int) else 0)
        self.rows[kind].append({"ID": number, "OBJECTGUID": known, **actual, **fields})
        self.link(number, above)
        return number

    def link(self, number, above, active=1) -> None:
        self.rows["ADM_HIERARCHY"].append(
            {"OBJECTID": number, "PARENTOBJID": above, "ISACTIVE": active}
        )

    def files(self) -> dict[str, bytes]:
        """Contents by their names in an archive."""
        return {
            f"{'' if kind.endswith('_TYPES') else self.region + '/'}{name_of(kind)}": xml(
                kind, rows
            )
            for kind, rows in self.rows.items()
        }

    def folder(self, path: Path) -> Path:
        for name, content in self.files().items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
        return path

    def archive(self, path: Path) -> Path:
        return zipped(path, self.files())


def name_of(kind: str) -> str:
    return f"AS_{kind}_{DAY}_{uuid.uuid5(uuid.NAMESPACE_URL, kind)}.XML"


def xml(kind: str, rows) -> bytes:
    root, tag = _ROOTS[kind]
    lines = (
        f"<{tag} " + " ".join(f"{name}={quoteattr(str(cell))}" for name, cell in row.items()) + "/>"
        for row in rows
    )
    return f'<?xml version="1.0" encoding="utf-8"?><{root}>{"".join(lines)}</{root}>'.encode()


def zipped(path: Path, files) -> Path:
    """An archive; a content may be bytes or an iterable of pieces."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            with archive.open(name, "w") as part:
                for piece in [content] if isinstance(content, bytes) else content:
                    part.write(piece)
    return path
