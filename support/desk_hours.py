"""Hours of a desk as they are stored: lists of ["09:00", "13:00"], read and checked."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.working_hours import Spans

_DAYS = 7
_MOST_SPANS = 12
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")


def read_spans(raw: Any) -> Spans:
    """The spans of one day in minutes; raises ValidationError for what is none, or out of order."""
    if not isinstance(raw, list) or len(raw) > _MOST_SPANS:
        raise ValidationError(_("Hours of a day are a list of spans."))
    spans = tuple(_span(item) for item in raw)
    last = 0
    for opens, closes in spans:
        if not last <= opens < closes:
            raise ValidationError(_("Spans stand in order, each begins before it ends."))
        last = closes
    return spans


def read_week(raw: Any) -> tuple[Spans, ...]:
    """The spans of seven days, Monday first; raises ValidationError likewise."""
    if not isinstance(raw, list) or len(raw) != _DAYS:
        raise ValidationError(_("A week is a list of seven days, Monday first."))
    return tuple(read_spans(day) for day in raw)


def validate_spans(raw: Any) -> None:
    read_spans(raw)


def validate_week(raw: Any) -> None:
    read_week(raw)


def _span(item: Any) -> tuple[int, int]:
    if not isinstance(item, list) or len(item) != 2:
        raise ValidationError(_('A span is written as ["09:00", "13:00"].'))
    opens, closes = map(_minute, item)
    return opens, closes


def _minute(text: Any) -> int:
    if not isinstance(text, str) or not _CLOCK.fullmatch(text):
        raise ValidationError(_("Times are written from 00:00 to 24:00."))
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
