"""From the offsets of registers to IANA time zones."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

# By ISO 3166-2; where a region is not named, its offset decides.
_OF_REGION = {
    "RU-ALT": "Asia/Barnaul",
    "RU-AST": "Europe/Astrakhan",
    "RU-BU": "Asia/Irkutsk",
    "RU-CHU": "Asia/Anadyr",
    "RU-IRK": "Asia/Irkutsk",
    "RU-KAM": "Asia/Kamchatka",
    "RU-KEM": "Asia/Novokuznetsk",
    "RU-KGD": "Europe/Kaliningrad",
    "RU-KIR": "Europe/Kirov",
    "RU-KHA": "Asia/Vladivostok",
    "RU-MAG": "Asia/Magadan",
    "RU-NVS": "Asia/Novosibirsk",
    "RU-SA": "Asia/Yakutsk",
    "RU-SAK": "Asia/Sakhalin",
    "RU-SAR": "Europe/Saratov",
    "RU-TOM": "Asia/Tomsk",
    "RU-ULY": "Europe/Ulyanovsk",
    "RU-VGG": "Europe/Volgograd",
    "RU-ZAB": "Asia/Chita",
    "UA-40": "Europe/Simferopol",
    "UA-43": "Europe/Simferopol",
    "KZ-BAY": "Asia/Qyzylorda",
}
_OF_OFFSET = {
    2: "Europe/Kaliningrad",
    3: "Europe/Moscow",
    4: "Europe/Samara",
    5: "Asia/Yekaterinburg",
    6: "Asia/Omsk",
    7: "Asia/Krasnoyarsk",
    8: "Asia/Irkutsk",
    9: "Asia/Yakutsk",
    10: "Asia/Vladivostok",
    11: "Asia/Srednekolymsk",
    12: "Asia/Kamchatka",
}


def time_zone_of(offset: str, iso_code: str = "") -> str:
    """The IANA zone for an offset written "UTC+3", in a region where it is known.

    A region's own zone is taken only where its offset is the one stated: eastern Yakutia is two
    hours ahead of Yakutsk. Raises ValueError for an offset that Russia does not have.
    """
    hours = int(offset.strip().upper().removeprefix("UTC"))
    regional = _OF_REGION.get(iso_code, "")
    if regional and _hours_of(regional) == hours:
        return regional
    try:
        return _OF_OFFSET[hours]
    except KeyError as error:
        raise ValueError(offset) from error


def _hours_of(zone: str) -> int:
    offset = datetime.now(UTC).astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return offset // timedelta(hours=1)
