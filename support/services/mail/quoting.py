"""What a letter repeats of earlier ones, apart from what its writer says."""

import re

# Lines longer than that introduce nothing.
_LONGEST = 400
_DAY = re.compile(
    r"(?:пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|сред[ау]|четверг|пятниц[ау]|суббот[ау]"
    r"|воскресенье|mon|tue|wed|thu|fri|sat|sun)\w{0,8}[.,]{0,2}\s|\d{1,4}[./\s-]|(?:от|from)\s",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"\b(?:wrote|writes|написала?|написал\(а\)|пишет|писала?|писал\(а\)|schrieb|a écrit"
    r"|escribió)\s?:$",
    re.IGNORECASE,
)
# A year, a time of the day, a date in figures, an address.
_WHEN_OR_WHO = re.compile(r"\b\d{4}\b|\b\d{1,2}:\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2}|@")
_ORIGINAL = re.compile(
    r"^[-_*\s>]{2,}\s*(?:original message|original appointment|исходное сообщение"
    r"|первоначальное сообщение|ursprüngliche nachricht|message d'origine)\s*[-_*\s]*$",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"^(?:[-_*\s]{2,}\s*(?:forwarded (?:message|by).*|пересыла\w+ (?:сообщение|письмо).*"
    r"|пересланное (?:сообщение|письмо).*|перенаправленное (?:сообщение|письмо).*)"
    r"|begin forwarded message:|начало (?:переадресованного|пересылаемого) сообщения:)\s*$",
    re.IGNORECASE,
)
_FORWARD_SUBJECT = re.compile(r"^\s*(?:fwd?|пересл?|отпр|wg|tr|пер)\s*:", re.IGNORECASE)
_FROM_LINE = re.compile(r"^\*?(?:from|от|от кого|отправитель|von|de)\s?:\*?\s*\S", re.IGNORECASE)
_MORE_LINES = re.compile(
    r"^\*?(?:sent|date|to|cc|subject|importance|reply-to|отправлено|дата|кому|копия|тема"
    r"|важность|gesendet|an|betreff|envoyé|objet)\s?:\*?",
    re.IGNORECASE,
)
_RULE = re.compile(r"^[_\-=*]{5,}$")
_MOBILE = re.compile(
    r"^(?:sent from (?:my |the )?\w.{0,60}|get outlook for (?:ios|android).{0,80}"
    r"|sent (?:via|with) .{3,60}|отправлено (?:с |со |из |через ).{2,80}"
    r"|отправлено с помощью .{3,60}|с уважением, отправлено с .{3,60}"
    r"|скачать outlook для .{2,80}|получить outlook для .{2,80})$",
    re.IGNORECASE,
)


def split_quoted(text: str, subject: str = "") -> tuple[str, str]:
    """(what the writer says, what the letter repeats). Nothing of the text is lost.

    A forwarded letter is what its writer says. Answers between quoted lines stay with them; where
    all answers stand below, the quotation before them is taken away.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    end = _forwarded(lines, subject)
    start, prefixed = _start(lines, end)
    if start is None:
        return _without_signature(lines, [])
    if not prefixed:
        return _without_signature(lines[:start], lines[start:])
    stop = _block_end(lines, start, end)
    if not _has_words(lines[stop:]):
        return _without_signature(lines[:start], lines[start:])
    is_below = not _has_words(lines[:start]) and not any(map(_is_quoted, lines[stop:]))
    if is_below and stop <= end:
        return _without_signature(lines[stop:], lines[:stop])
    return _without_signature(lines, [])


def _is_quoted(line: str) -> bool:
    return line.lstrip(" ").startswith(">")


def _forwarded(lines: list[str], subject: str) -> int:
    """The line from which on all is forwarded; the number of lines where nothing is."""
    is_forward = bool(_FORWARD_SUBJECT.match(subject))
    for number, line in enumerate(lines):
        if len(line) > _LONGEST:
            continue
        if _FORWARDED.match(line.strip()) or (is_forward and _is_header_block(lines, number)):
            return number
        if is_forward and _ORIGINAL.match(line):
            return number
    return len(lines)


def _start(lines: list[str], end: int) -> tuple[int | None, bool]:
    """Where the quotation begins, with the line that introduces it; whether its lines have ">"."""
    for number in range(end):
        line = lines[number]
        if _is_quoted(line):
            return number, True
        if len(line) > _LONGEST or not line.strip():
            continue
        if _ORIGINAL.match(line) or _is_header_block(lines, number):
            return _with_rule(lines, number), False
        length = _introduction(lines, number)
        if length:
            following = next((text for text in lines[number + length :] if text.strip()), "")
            return number, _is_quoted(following)
    return None, False


def _with_rule(lines: list[str], number: int) -> int:
    """The line above belongs to it when it is nothing but a rule."""
    above = number - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    return above if above >= 0 and _RULE.match(lines[above].strip()) else number


def _introduction(lines: list[str], number: int) -> int:
    """Of how many lines the introduction consists that begins here: programs wrap it; 0: none."""
    joined = ""
    for length in (1, 2, 3):
        if number + length > len(lines) or not lines[number + length - 1].strip():
            return 0
        joined = f"{joined} {lines[number + length - 1].strip()}".strip()
        if len(joined) > _LONGEST:
            return 0
        if joined.endswith(":"):
            return length if _introduces(joined) else 0
    return 0


def _introduces(line: str) -> bool:
    """Whether a line says that somebody wrote what follows, in the words of some mail program:

    "On …, Anna <anna@example.com> wrote:" (Gmail, Apple Mail, Thunderbird; and in other languages),
    "пт, 2 янв. 2026 г. в 10:00, Анна <…>:" (Gmail), "02.01.2026, 10:00, Анна <…>:" (Yandex),
    "Пятница, 2 января 2026, 10:00 +03:00 от Анна <…>:" (Mail.ru).
    """
    if not _WHEN_OR_WHO.search(line):
        return False
    if _WROTE.search(line[-20:]):
        return True
    last = line.rstrip(": ").rsplit(None, 1)[-1:]
    ends_with_address = bool(last) and 0 < last[0].find("@") < len(last[0]) - 3
    return ends_with_address and any(map(str.isdigit, line)) and bool(_DAY.match(line))


def _is_header_block(lines: list[str], number: int) -> bool:
    """Outlook: From, Sent, To, Subject one below another."""
    if not _FROM_LINE.match(lines[number].strip()):
        return False
    following = [line.strip() for line in lines[number + 1 : number + 7]]
    return sum(bool(_MORE_LINES.match(line)) for line in following) >= 2


def _block_end(lines: list[str], start: int, end: int) -> int:
    """The first line after the quotation; introductions within it belong to it."""
    number = start + (_introduction(lines, start) if not _is_quoted(lines[start]) else 0)
    while number < end:
        if not lines[number].strip() or _is_quoted(lines[number]):
            number += 1
            continue
        length = _introduction(lines, number)
        if not length:
            return number
        number += length
    return number


def _has_words(lines: list[str]) -> bool:
    return any(line.strip() and not _is_signature(line) for line in lines)


def _is_signature(line: str) -> bool:
    text = line.strip()
    return text in ("--", "—", "---") or (len(text) < 120 and bool(_MOBILE.match(text)))


def _without_signature(said: list[str], quoted: list[str]) -> tuple[str, str]:
    """Takes what a telephone adds at the end of what was said to what is repeated."""
    end = len(said)
    while end and not said[end - 1].strip():
        end -= 1
    cut = end
    while cut and (_is_signature(said[cut - 1]) or not said[cut - 1].strip()):
        cut -= 1
    if not any(_MOBILE.match(line.strip()) for line in said[cut:end]):
        cut = end
    repeated = [*said[cut:end], *quoted]
    return "\n".join(said[:cut]).strip("\n"), "\n".join(repeated).strip("\n")
