"""Russian dates and numbers where they differ from Django's own."""

DATE_FORMAT = "j E Y"
DATETIME_FORMAT = "j E Y, H:i"
SHORT_DATE_FORMAT = "d.m.Y"
SHORT_DATETIME_FORMAT = "d.m.Y H:i"
THOUSAND_SEPARATOR = "\xa0"
MONTH_DAY_FORMAT = "j E"
