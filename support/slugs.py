"""Names of articles as they stand in addresses."""

from django.utils.text import slugify

_LETTERS = str.maketrans("абвгдеёзийклмнопрстуфыэ", "abvgdeeziyklmnoprstufye") | str.maketrans(
    {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya"}
    | dict.fromkeys("ъь", "")
)
_NAMELESS = "article"


def transliterated(name: str, length: int) -> str:
    """«Как проверить адрес» → kak-proverit-adres; never empty."""
    latin = slugify(name.lower().translate(_LETTERS))
    if len(latin) > length:
        # Whole words, where there is more than one.
        latin = latin[: length + 1].rpartition("-")[0] or latin[:length]
    return latin.strip("-") or _NAMELESS
