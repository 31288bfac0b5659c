"""What a person reads of an answer, for tests of what must not be told."""

import re
from html import unescape

_UNSEEN = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)


def seen(response) -> str:
    """The text of a page without tags and attributes, with plain single spaces.

    Public ids, tokens and numbered names hold any few digits by chance: what must not be told is
    looked for in this, whole and with its unit ("4 321 ₽").
    """
    return " ".join(unescape(_UNSEEN.sub(" ", response.content.decode())).split())
