"""Places from files: all good rows in, the others named, and the same again changes nothing."""

import csv
import io
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.actor import system_actor
from core.choices import OrganizationKind, Role
from core.errors import DomainError, Forbidden
from core.tables import escaped
from locations.models import Building, City, Region, Street
from locations.services.imports import import_buildings, import_cities, import_regions, time_zone_of
from locations.tests.factories import BuildingFactory, CityFactory, StreetFactory
from users.tests.factories import OrganizationFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db

DATA = Path(settings.BASE_DIR).parent / "shared" / "data" / "geo"
real_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the data files of real places are not beside the repository"
)
PORTAL = system_actor()
HEADER = (
    "city,street_type,street,number,latitude,longitude,fias_id,postal_code,entrances,floors,units"
)
FIAS = [f"0000000{n}-0000-4000-8000-000000000000" for n in range(10)]


@pytest.fixture
def load(tmp_path):
    """A function: lines of a buildings file → what the import did; keeps the refused rows."""

    def _load(*lines, header=HEADER, encoding="utf-8"):
        path = tmp_path / "buildings.csv"
        path.write_bytes("\n".join([header, *lines]).encode(encoding))
        return import_buildings(PORTAL, path, refused_path=tmp_path / "refused.csv")

    return _load


@pytest.fixture
def kazan():
    return CityFactory(name="Казань", population=1_300_000)


def row(number="12", *, street="Чистопольская", fias="", lat="55.8", **other):
    """A line; houses of other numbers stand some hundred metres from each other."""
    digits = "".join(filter(str.isdecimal, number))[:3] or "0"
    return ",".join(
        [
            other.get("city", "Казань"),
            other.get("type", "ул"),
            street,
            number,
            lat,
            other.get("lon", f"49.{digits:0>3}"),
            fias,
            other.get("code", "420000"),
            other.get("entrances", "4"),
            other.get("floors", "9"),
            other.get("units", "144"),
        ]
    )


# --- regions and cities -----------------------------------------------------------------------


@real_data
def test_every_real_region_and_city_lands_and_a_second_run_changes_nothing():
    regions = import_regions(PORTAL, DATA / "region.csv")
    assert (regions.created, regions.refused) == (86, 0)
    cities = import_cities(PORTAL, DATA / "city.csv")
    assert (cities.created, cities.refused) == (1117, 0)
    assert City.objects.filter(name="").count() == 0
    assert {"Москва", "Санкт-Петербург", "Севастополь", "Алупка", "Истра", "Урус-Мартан"} <= set(
        City.objects.values_list("name", flat=True)
    )
    again = import_cities(PORTAL, DATA / "city.csv")
    assert (again.created, again.updated, again.unchanged) == (0, 0, 1117)
    assert import_regions(PORTAL, DATA / "region.csv").unchanged == 86


@real_data
def test_real_time_zones_have_the_offsets_stated():
    import_regions(PORTAL, DATA / "region.csv")
    import_cities(PORTAL, DATA / "city.csv")
    zones = dict(City.objects.values_list("fias_id", "time_zone"))
    with (DATA / "city.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            zone = ZoneInfo(zones[line["fias_id"]])
            offset = zone.utcoffset(datetime(2026, 11, 1))
            assert line["timezone"] == f"UTC+{offset.total_seconds() / 3600:g}"


@real_data
def test_real_cities_of_one_name_are_told_apart():
    import_regions(PORTAL, DATA / "region.csv")
    import_cities(PORTAL, DATA / "city.csv")
    titles = [city.title for city in City.objects.all()]
    assert len(set(titles)) == 1117
    assert "Кировск (Мурманская область)" in titles
    assert "Казань" in titles
    assert Region.objects.get(name="Саха /Якутия/").full_name == "Республика Саха (Якутия)"


@pytest.mark.parametrize(
    ("offset", "iso", "zone"),
    [
        ("UTC+3", "RU-TA", "Europe/Moscow"),
        ("UTC+3", "RU-VGG", "Europe/Volgograd"),
        ("UTC+9", "RU-SA", "Asia/Yakutsk"),
        ("UTC+10", "RU-SA", "Asia/Vladivostok"),
        ("UTC+11", "RU-SA", "Asia/Srednekolymsk"),
        ("UTC+12", "RU-CHU", "Asia/Anadyr"),
        ("UTC+2", "RU-KGD", "Europe/Kaliningrad"),
        ("UTC+5", "", "Asia/Yekaterinburg"),
    ],
)
def test_an_offset_becomes_the_zone_of_the_region(offset, iso, zone):
    assert time_zone_of(offset, iso) == zone


@pytest.mark.parametrize("offset", ["", "UTC", "UTC+13", "UTC-3", "MSK"])
def test_an_offset_that_the_country_does_not_have_is_refused(offset):
    with pytest.raises(ValueError):
        time_zone_of(offset)


REGION_HEADER = "name,type,name_with_type,federal_district,kladr_id,fias_id,iso_code,timezone"


def test_bad_regions_are_named_and_good_ones_taken(tmp_path):
    path = tmp_path / "region.csv"
    path.write_text(
        f"{REGION_HEADER}\n"
        "Татарстан,Респ,Респ Татарстан,Приволжский,16,f1,RU-TA,UTC+3\n"
        ",Респ,Респ,Приволжский,16,f2,RU-TA,UTC+3\n"
        "Марс,обл,Марс обл,,,f3,,UTC+25\n",
        encoding="utf-8",
    )
    outcome = import_regions(PORTAL, path)
    assert (outcome.created, outcome.refused) == (1, 2)
    assert [(fault.line, fault.column) for fault in outcome.faults] == [
        (3, "name"),
        (4, "timezone"),
    ]
    path.write_text(
        f"{REGION_HEADER}\nТатарстан,Респ,Респ Татарстан,Другой,16,f1,RU-TA,UTC+3\n",
        encoding="utf-8",
    )
    assert import_regions(PORTAL, path).updated == 1


def test_a_changed_population_moves_the_citys_addresses(tmp_path):
    region = Region.objects.create(
        fias_id="r",
        name="Татарстан",
        type="Респ",
        full_name="Республика Татарстан",
        time_zone="UTC",
    )
    city = CityFactory(region=region, fias_id="c1", name="Казань", population=5)
    building = BuildingFactory(street=StreetFactory(city=city))
    path = tmp_path / "city.csv"
    path.write_text(
        "region_type,region,city_type,city,fias_id,timezone,geo_lat,geo_lon,population\n"
        "Респ,Татарстан,г,Казань,c1,UTC+3,55.79,49.11,1300000\n",
        encoding="utf-8",
    )
    assert import_cities(PORTAL, path).updated == 1
    building.refresh_from_db()
    assert building.city_rank == building.street.__class__.objects.get().city_rank == -1_300_000


# --- buildings --------------------------------------------------------------------------------


def test_a_row_becomes_a_building_with_all_it_says(load, kazan):
    outcome = load(row("12 корп 2", fias=FIAS[1], type="улица"))
    assert (outcome.created, outcome.refused) == (1, 0)
    building = Building.objects.get()
    assert building.address == "Казань, ул Чистопольская, д 12 корп 2"
    assert building.search_key == "чистопольская 12 к2"
    assert (building.fias_id, building.postal_code) == (FIAS[1], "420000")
    assert (building.entrances, building.floors, building.units_count) == (4, 9, 144)
    assert (building.latitude, building.longitude) == (55.8, 49.122)
    assert building.status == Building.Status.VERIFIED
    assert building.city_rank == building.street.city_rank == -1_300_000


def test_the_same_file_again_changes_nothing(load, kazan):
    rows = [row(str(n), fias=FIAS[n]) for n in range(1, 4)] + [row("40"), row("41", street="")]
    load(*rows)
    outcome = load(*rows)
    assert (outcome.created, outcome.updated, outcome.unchanged, outcome.refused) == (0, 0, 5, 0)
    assert (Building.objects.count(), Street.objects.count()) == (5, 1)


def test_a_building_is_known_by_its_folded_address(load, kazan):
    load(row("12 корп. 2"))
    outcome = load(row("12К2", lat="55.9", type="УЛИЦА", street="ЧИСТОПОЛЬСКАЯ"))
    assert (outcome.created, outcome.updated) == (0, 1)
    assert Building.objects.get().latitude == 55.9


def test_a_building_is_known_by_its_fias_id_when_it_is_renamed(load, kazan):
    load(row("12", fias=FIAS[1]))
    outcome = load(row("14", fias=FIAS[1].upper()))
    assert outcome.updated == 1
    assert Building.objects.get().address == "Казань, ул Чистопольская, д 14"


def test_an_empty_cell_does_not_erase_what_is_known(load, kazan):
    load(row("12", fias=FIAS[1]))
    load(row("12", fias="", code="", entrances="", floors="", units=""))
    building = Building.objects.get()
    assert (building.fias_id, building.postal_code, building.floors) == (FIAS[1], "420000", 9)


def test_the_last_of_two_rows_about_one_house_counts(load, kazan):
    outcome = load(row("12", lat="55.1"), row("д. 12", lat="55.2"))
    assert (outcome.created, outcome.refused) == (1, 0)
    assert Building.objects.get().latitude == 55.2


def test_an_address_that_awaits_verification_is_verified_not_doubled(load, kazan):
    street = StreetFactory(city=kazan, name="Чистопольская")
    pending = BuildingFactory(
        street=street,
        number="12",
        status=Building.Status.PENDING,
        added_by=OrganizationFactory(),
    )
    load(row("12", fias=FIAS[1]))
    building = Building.objects.get()
    assert (building.pk, building.status, building.fias_id) == (pending.pk, "VERIFIED", FIAS[1])
    assert building.verified_key


def test_streets_of_one_name_and_different_types_are_two(load, kazan):
    load(row("12", type="ул"), row("12", type="пр-т", lat="55.9"))
    assert Street.objects.count() == Building.objects.count() == 2


def test_ids_that_contradict_what_is_known_are_refused(load, kazan):
    load(row("1", fias=FIAS[1]), row("2", fias=FIAS[2]))
    outcome = load(row("1", fias=FIAS[3]), row("2", fias=FIAS[1]))
    assert [(fault.line, fault.column) for fault in outcome.faults] == [
        (2, "fias_id"),
        (3, "fias_id"),
    ]
    assert Building.objects.count() == 2


def test_a_city_that_is_one_of_several_must_be_named_in_full(load):
    for region in ("Мурманская область", "Ленинградская область"):
        CityFactory(name="Кировск", qualifier=region)
    outcome = load(row(city="Кировск"), row(city="Кировск (Мурманская область)"))
    assert (outcome.created, outcome.refused) == (1, 1)
    assert "Кировск (Мурманская область)" in outcome.faults[0].reason


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (row(city="Атлантида"), "city"),
        (row(city=""), "city"),
        (row(""), "number"),
        (row("---"), "number"),
        (row("1" * 31), "number"),
        (row(lat="north"), "latitude"),
        (row(lat="91"), "latitude"),
        (row(lat="nan"), "latitude"),
        (row(lat="inf"), "latitude"),
        (row(lat=""), "latitude"),
        (row(lon="181"), "longitude"),
        (row(fias="123"), "fias_id"),
        (row(code="42000"), "postal_code"),
        (row(code="４２００００"), "postal_code"),
        (row(entrances="-1"), "entrances"),
        (row(floors="9.5"), "floors"),
        (row(units="9" * 19), "units"),
        (row(street="!!!"), "street"),
        (row(street="я" * 151), "street"),
        (row(street="Ле\x00нина"), "street"),
        (row() + ",more", ""),
        ("Казань,ул", ""),
        ('"Казань,ул,Ленина,1,55,49,,,,,', ""),
        ("Казань," * 3000, ""),
    ],
)
def test_a_bad_row_is_refused_by_line_and_column_and_the_others_taken(load, kazan, line, column):
    outcome = load(row("1"), line, row("2"))
    assert [(fault.line, fault.column) for fault in outcome.faults] == [(3, column)]
    assert all(fault.reason for fault in outcome.faults)
    assert outcome.created == 2


def test_refused_rows_can_be_corrected_and_loaded_again(load, kazan, tmp_path):
    load(row("1"), row("2", lat="north", fias=FIAS[2]), row("3", street="=HYPERLINK()", lon="x"))
    refused = tmp_path / "refused.csv"
    with refused.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(r["error_line"], r["error_column"]) for r in rows] == [
        ("3", "latitude"),
        ("4", "longitude"),
    ]
    assert rows[0]["fias_id"] == FIAS[2]
    assert rows[1]["street"] == "'=HYPERLINK()"
    corrected = (
        refused.read_text(encoding="utf-8").replace("north", "55.7").replace(",x,", ",49.2,")
    )
    refused.write_text(corrected, encoding="utf-8")
    outcome = import_buildings(PORTAL, refused)
    assert (outcome.created, outcome.refused) == (2, 0)
    assert Building.objects.filter(street__name="=HYPERLINK()").exists()


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+7", "+7"),
        ("-49.1", "-49.1"),
        ("@x", "'@x"),
        ("-x", "'-x"),
        ("\tx", "'\tx"),
        ("x", "x"),
    ],
)
def test_no_cell_runs_in_a_spreadsheet(cell, written):
    assert escaped(cell) == written


def test_semicolons_a_byte_order_mark_and_empty_lines_are_fine(load, kazan):
    lines = [row("1").replace(",", ";"), "", ";;;;;;;;;;", row("2").replace(",", ";")]
    outcome = load(*lines, header=HEADER.replace(",", ";"), encoding="utf-8-sig")
    assert (outcome.created, outcome.refused) == (2, 0)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("city,street", "number"),
        (HEADER + ",extra", "extra"),
        (HEADER + ",city", "city"),
        ("", None),
    ],
)
def test_a_file_without_its_columns_is_refused_by_their_names(load, header, name):
    with pytest.raises(DomainError, match=name):
        load(header=header)


def test_a_file_in_another_encoding_loses_no_good_row(load, kazan, tmp_path):
    path = tmp_path / "mixed.csv"
    good, bad = row("1").encode(), row("2").encode("cp1251")
    path.write_bytes(b"\n".join([HEADER.encode(), bad, good]))
    outcome = import_buildings(PORTAL, path)
    assert (outcome.created, outcome.refused) == (2, 0)


def test_a_quote_that_is_never_closed_costs_its_line_alone(load, kazan):
    outcome = load('"' + row("1"), *(row(str(n)) for n in range(2, 30)))
    assert (outcome.created, outcome.refused) == (28, 1)


def test_an_endless_line_is_not_kept(load, kazan, tmp_path):
    path = tmp_path / "long.csv"
    path.write_bytes(f"{HEADER}\n".encode() + b"x" * 5_000_000 + f"\n{row('1')}\n".encode())
    outcome = import_buildings(PORTAL, path)
    assert (outcome.created, outcome.refused) == (1, 1)
    assert outcome.faults[0].line == 2


def test_a_batch_takes_a_few_queries_however_many_rows_it_has(load, kazan):
    def queries(count, first):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            load(*(row(str(n)) for n in range(first, first + count)))
        said = [q["sql"] for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        # The map's counts take a fixed number for each of their levels (test_building_counts).
        return sum("locations_buildingcount" not in sql for sql in said)

    assert queries(3, 1) <= 12
    assert queries(300, 100) <= 20


def test_only_administrators_fill_the_list(load, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(HEADER)
    for actor in (make_actor(OrganizationKind.PROVIDER, Role.OWNER), make_actor()):
        for load_places in (import_buildings, import_regions, import_cities):
            with pytest.raises(Forbidden):
                load_places(actor, path)
    assert import_buildings(make_staff(), path).refused == 0


def test_the_command_says_what_came_of_it(kazan, tmp_path):
    path = tmp_path / "b.csv"
    path.write_text("\n".join([HEADER, row("1"), row("2", lat="x")]), encoding="utf-8")
    said, warned = io.StringIO(), io.StringIO()
    call_command("import_buildings", path, stdout=said, stderr=warned)
    assert "1 created, 0 updated, 0 unchanged, 1 refused" in said.getvalue()
    assert "line 3, latitude" in warned.getvalue()
    assert (tmp_path / "b.refused.csv").exists()
    with pytest.raises(CommandError, match="no file"):
        call_command("import_buildings", tmp_path / "none.csv")
    with pytest.raises(CommandError):
        call_command("import_cities", path)
