"""The Russian catalogue: `collect` adds new strings to it, `check` fails where it is not complete.

Needs GNU gettext (xgettext, msgmerge). A message is incomplete when it is missing, untranslated
or fuzzy; `check` leaves the file as it was.
"""

import subprocess
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "ru" / "LC_MESSAGES" / "django.po"
IGNORED = [".venv", "node_modules", "staticfiles", "var", "bench", "deploy", "docs"]


def collect() -> None:
    ignore = [f"--ignore={name}" for name in IGNORED]
    command = [
        sys.executable, "manage.py", "makemessages", "--locale=ru", "--no-obsolete",
        "--no-wrap", "--add-location=file", *ignore,
    ]  # fmt: skip
    subprocess.run(command, cwd=ROOT, check=True)


def key(entry: polib.POEntry) -> tuple[str, str, str]:
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural


def is_translated(entry: polib.POEntry) -> bool:
    texts = entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]
    enough = len(entry.msgstr_plural) == 4 if entry.msgid_plural else True
    return enough and all(texts) and "fuzzy" not in entry.flags


def check() -> int:
    before = CATALOGUE.read_bytes()
    committed = {key(entry): entry for entry in polib.pofile(CATALOGUE)}
    try:
        collect()
        wanted = {key(entry) for entry in polib.pofile(CATALOGUE) if not entry.obsolete}
    finally:
        CATALOGUE.write_bytes(before)
    missing = sorted(wanted - set(committed))
    incomplete = [entry for name, entry in committed.items() if not is_translated(entry)]
    for _context, msgid, _plural in missing:
        print(f"not in the catalogue: {msgid!r}")
    for entry in incomplete:
        print(f"untranslated or fuzzy: {entry.msgid!r}")
    print(f"{len(wanted)} messages, {len(missing)} missing, {len(incomplete)} incomplete")
    return 1 if missing or incomplete else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["collect"]:
        collect()
    elif sys.argv[1:] == ["check"]:
        sys.exit(check())
    else:
        sys.exit("usage: messages.py collect|check")
