"""How figures, phones and moments are written (UI.md: roubles as 1 250 ₽, "today, 14:30")."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from django.utils import dateformat, timezone
from django.utils.formats import get_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core import clock

NBSP = "\xa0"
CURRENCIES = {"RUB": "₽", "USD": "$", "EUR": "€", "KZT": "₸", "BYN": "Br"}
COUNT_LIMIT = 10_000
RUSSIAN_LENGTH = len("+79123456789")
# A deadline is shown as near from here on.
NEAR = timedelta(hours=4)


def grouped(number: int) -> str:
    """12 500 in Russian, 12,500 in English."""
    return f"{number:,}".replace(",", _thousands(get_language() or "ru"))


def count_of_options(count: int) -> str:
    """What is announced to who does not see the list open: «5 suggestions»."""
    return ngettext("%(count)s suggestion", "%(count)s suggestions", count) % {"count": count}


@lru_cache(maxsize=8)
def _thousands(language: str) -> str:
    return "," if language.startswith("en") else NBSP


def money(amount: Decimal | int | None, currency: str = "RUB") -> str:
    """1 250 ₽; kopecks only where there are some: 825,50 ₽. "" for None."""
    if amount is None:
        return ""
    amount = Decimal(amount).quantize(Decimal("0.01"))
    whole, cents = divmod(abs(amount), 1)
    text = grouped(int(whole))
    if cents:
        text += f"{get_format('DECIMAL_SEPARATOR')}{int(cents * 100):02d}"
    sign = "−" if amount < 0 else ""
    return f"{sign}{text}{NBSP}{CURRENCIES.get(currency, currency)}"


def phone(number: object) -> str:
    """+7 912 345-67-89; other countries as they write theirs. "" for no number."""
    if not number:
        return ""
    text = str(getattr(number, "as_e164", number))
    if text.startswith("+7") and len(text) == RUSSIAN_LENGTH:
        return f"+7{NBSP}{text[2:5]}{NBSP}{text[5:8]}-{text[8:10]}-{text[10:]}"
    return str(getattr(number, "as_international", text)).replace(" ", NBSP)


def phone_link(number: object) -> str:
    if not number:
        return ""
    return format_html(
        '<a class="phone" href="tel:{}">{}</a>', getattr(number, "as_e164", number), phone(number)
    )


def moment(value: datetime | date | None) -> str:
    """ "today, 14:30", "yesterday, 9:05", "12 November, 14:30"; the exact time in the tooltip.

    In the viewer's time zone. A date without a time is said without one. "" for None.
    """
    if value is None:
        return ""
    if not isinstance(value, datetime):
        return format_html(
            '<time datetime="{}">{}</time>', value.isoformat(), day_in_words(value, clock.today())
        )
    local = timezone.localtime(value)
    words = day_in_words(local.date(), clock.today())
    return _time(local, f"{words}, {_clock(local)}")


def _time(local: datetime, words: str, css: str = "") -> SafeString:
    """The element; put together by hand, for lists draw it several times a row."""
    return SafeString(
        f'<time{css} datetime="{local.isoformat(timespec="seconds")}" title="{exact(local)}">'
        f"{escape(words)}</time>"
    )


def _clock(local: datetime) -> str:
    return f"{local.hour:02d}:{local.minute:02d}"


def day(value: datetime | date | None) -> str:
    """ "today", "yesterday", "12 November": a date for a column. "" for None."""
    if value is None:
        return ""
    as_date = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return day_in_words(as_date, clock.today())


def exact(local: datetime) -> str:
    """22.11.2026 15:00 MSK"""
    return f"{local.day:02d}.{local.month:02d}.{local.year} {_clock(local)} {local.tzname()}"


def day_in_words(day: date, today: date) -> str:
    return _day_in_words(day, today, get_language() or "")


@lru_cache(maxsize=512)
def _day_in_words(day: date, today: date, language: str) -> str:
    near = {0: _("today"), 1: _("yesterday"), -1: _("tomorrow")}.get((today - day).days)
    if near:
        return near
    pattern = "MONTH_DAY_FORMAT" if day.year == today.year else "DATE_FORMAT"
    return dateformat.format(day, get_format(pattern, lang=language or None))


def deadline(due: datetime | None) -> str:
    """ "3 h left" or "2 h late", marked so; the exact time in the tooltip. "" for None."""
    if due is None:
        return ""
    left = due - clock.now()
    late = left < timedelta(0)
    tone = "late" if late else "near" if left < NEAR else "far"
    return _time(
        timezone.localtime(due),
        _in_words(int(abs(left).total_seconds() // 60), late, get_language() or ""),
        f' class="deadline deadline-{tone}"',
    )


@lru_cache(maxsize=1024)
def _in_words(minutes: int, late: bool, language: str) -> str:
    """`language` is part of the key alone."""
    time = span(timedelta(minutes=minutes))
    return (_("%(time)s late") if late else _("%(time)s left")) % {"time": time}


def span(length: timedelta) -> str:
    """A length of time in its largest unit: 40 min, 3 h, 2 days."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return _("%(count)s min") % {"count": max(minutes, 1)}
    if minutes < 48 * 60:
        return _("%(count)s h") % {"count": minutes // 60}
    days = minutes // (24 * 60)
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def count_or_more(count: int) -> str:
    """The count, or "more than 10,000": nobody counts a million rows for a heading."""
    if count > COUNT_LIMIT:
        return _("more than %(count)s") % {"count": grouped(COUNT_LIMIT)}
    return grouped(count)


def file_size(size: int) -> str:
    """512 B, 14 kB, 2.3 MB."""
    if size < 1000:
        return _("%(size)s B") % {"size": size}
    if size < 1_000_000:
        return _("%(size)s kB") % {"size": size // 1000}
    point = get_format("DECIMAL_SEPARATOR")
    return _("%(size)s MB") % {"size": f"{size / 1_000_000:.1f}".replace(".", point)}
