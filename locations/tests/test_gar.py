"""The state address register: streets, houses that are known, houses that wait for coordinates."""

import csv
import io
import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from core.actor import system_actor
from core.errors import DomainError, Forbidden
from core.tests.later import ROOT, wait_until
from locations.models import Building, Street, UnplacedHouse
from locations.services.imports import gar, gar_loading
from locations.services.imports.gar import import_gar
from locations.tests.factories import BuildingFactory, CityFactory, StreetFactory
from locations.tests.gar_files import Register, guid, zipped
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db

PORTAL = system_actor()


@pytest.fixture
def kazan(db):
    return CityFactory(name="Казань", fias_id=guid(1))


@pytest.fixture
def register(kazan):
    """Казань in Татарстан, with one street and one house."""
    made = Register()
    made.place(90, "Татарстан", "Респ", 1, above=0)
    made.place(1, "Казань", "г", 5, above=90)
    made.place(2, "Чистопольская")
    made.house(100, "12", 2, code="420066")
    return made


@pytest.fixture
def load(tmp_path):
    """A function that loads a register from a folder, and keeps what was refused."""

    def _load(register, **options):
        folder = register.folder(tmp_path / "gar")
        return import_gar(
            PORTAL,
            folder,
            "16",
            refused_path=tmp_path / "refused.csv",
            work_folder=tmp_path / "work",
            **options,
        )

    return _load


def refused(tmp_path):
    with (tmp_path / "refused.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


# --- what comes in ----------------------------------------------------------------------------
def test_streets_come_in_and_unknown_houses_wait_for_coordinates(register, load, kazan, tmp_path):
    outcome = load(register)
    street = Street.objects.get()
    assert (str(street), street.fias_id, street.city) == ("ул Чистопольская", guid(2), kazan)
    house = UnplacedHouse.objects.get()
    assert (house.fias_id, house.postal_code, house.street) == (guid(100), "420066", street)
    assert str(house) == "Казань, ул Чистопольская, д 12"
    assert not Building.objects.exists()
    assert (outcome.streets_new, outcome.waiting_new, outcome.faults) == (1, 1, 0)
    assert not list((tmp_path / "work").iterdir())


def test_the_same_again_changes_nothing(register, load):
    load(register)
    outcome = load(register)
    assert outcome.figures == {
        "streets_known": 1, "streets_new": 0, "streets_completed": 0, "waiting_known": 1,
        "waiting_new": 0, "waiting_changed": 0, "elsewhere": 0,
    }  # fmt: skip


def test_an_archive_is_read_as_it_is(register, tmp_path):
    path = register.archive(tmp_path / "gar_xml.zip")
    assert import_gar(PORTAL, path, "16", work_folder=tmp_path).waiting_new == 1


def test_a_regions_own_folder_and_a_municipal_hierarchy_do_as_well(register, tmp_path):
    register.rows["MUN_HIERARCHY"] = register.rows.pop("ADM_HIERARCHY")
    register.folder(tmp_path)
    assert import_gar(PORTAL, tmp_path / "16", "16", work_folder=tmp_path).waiting_new == 1


def test_what_is_not_actual_or_not_active_is_left_out(register, load):
    register.place(3, "Старая", ISACTUAL=0)
    register.place(4, "Прежняя", ISACTIVE=0)
    register.house(101, "13", 2, ISACTIVE=0)
    register.house(102, "14", 2, ISACTUAL=0)
    register.link(100, 999, active=0)
    load(register)
    assert Street.objects.count() == UnplacedHouse.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "number"),
    [
        ({"HOUSENUM": "12", "ADDNUM1": "2", "ADDTYPE1": 1}, "12 к2"),
        ({"HOUSENUM": "12", "ADDNUM1": "1", "ADDTYPE1": 2}, "12 стр 1"),
        (
            {"HOUSENUM": "12А", "ADDNUM1": "2", "ADDTYPE1": 1, "ADDNUM2": "3", "ADDTYPE2": 2},
            "12А к2 стр 3",
        ),
        ({"HOUSENUM": "12", "ADDNUM1": "Б", "ADDTYPE1": 4}, "12 лит Б"),
        ({"HOUSENUM": "5", "HOUSETYPE": 10}, "к5"),
        ({"HOUSENUM": "5", "HOUSETYPE": 7}, "стр 5"),
        ({"HOUSENUM": "5", "HOUSETYPE": 1}, "5"),
        ({"HOUSENUM": "", "ADDNUM1": "2", "ADDTYPE1": 1}, "к2"),
        ({"HOUSENUM": "12/2", "ADDTYPE1": 99, "ADDNUM1": "7"}, "12/2 7"),
    ],
)  # fmt: skip
def test_a_number_is_written_as_people_write_it(register, load, fields, number):
    register.house(101, fields.pop("HOUSENUM"), 2, **fields)
    load(register)
    assert UnplacedHouse.objects.get(fias_id=guid(101)).number == number


def test_types_are_read_from_the_registers_own_lists(register, load):
    register.rows["ADDHOUSE_TYPES"] = [{"ID": 77, "NAME": "Строение"}]
    register.rows["HOUSE_TYPES"] = [{"ID": 66, "NAME": "Гараж"}]
    register.house(101, "12", 2, ADDNUM1="4", ADDTYPE1=77)
    register.house(102, "9", 2, HOUSETYPE=66)
    load(register)
    numbers = UnplacedHouse.objects.order_by("fias_id").values_list("number", flat=True)
    assert list(numbers) == ["12", "12 стр 4"]


# --- what is known ----------------------------------------------------------------------------
def test_a_building_known_by_its_address_gets_its_id_and_postal_code(register, load, kazan):
    street = StreetFactory(city=kazan, name="чистопольская")
    building = BuildingFactory(street=street, number="д. 12", postal_code="")
    outcome = load(register)
    building.refresh_from_db()
    street.refresh_from_db()
    assert (building.fias_id, building.postal_code) == (guid(100), "420066")
    assert (street.fias_id, street.name) == (guid(2), "чистопольская")
    assert (outcome.streets_completed, outcome.buildings_completed) == (1, 1)
    assert not UnplacedHouse.objects.exists()
    assert load(register).buildings_known == 1


def test_a_refused_address_takes_no_house_of_the_register(register, load, kazan):
    refused = BuildingFactory(fias_id=guid(100), city=kazan, status="REFUSED")
    load(register)
    assert UnplacedHouse.objects.get().fias_id == guid(100)
    refused.refresh_from_db()
    assert refused.postal_code == ""


def test_a_building_known_by_its_id_stays_where_it_is(register, load, kazan):
    building = BuildingFactory(fias_id=guid(100), postal_code="420000", city=kazan)
    load(register)
    before = (building.address, building.latitude, "420000")
    building.refresh_from_db()
    assert (building.address, building.latitude, building.postal_code) == before
    assert not UnplacedHouse.objects.exists()


def test_a_house_that_waited_goes_when_its_building_is_there(register, load, kazan):
    load(register)
    BuildingFactory(street=Street.objects.get(), number="12")
    assert load(register).buildings_completed == 1
    assert not UnplacedHouse.objects.exists()


def test_what_the_register_corrects_is_corrected_while_a_house_waits(register, load):
    load(register)
    register.rows["HOUSES"][0]["HOUSENUM"] = "12а"
    assert load(register).waiting_changed == 1
    assert UnplacedHouse.objects.get().address_key == "ул|чистопольская 12 а"


def test_an_address_with_another_id_is_named(register, load, kazan, tmp_path):
    street = StreetFactory(city=kazan, name="Чистопольская")
    BuildingFactory(street=street, number="12", fias_id=guid(777))
    assert load(register).faults == 1
    [fault] = refused(tmp_path)
    assert (fault["file"], fault["object_id"], fault["column"]) == (
        "AS_HOUSES", "100", "OBJECTGUID",
    )  # fmt: skip
    assert fault["reason"]


# --- where it lies ----------------------------------------------------------------------------
def test_the_nearest_city_above_counts_and_places_that_are_none_are_left_out(register, load):
    inner = CityFactory(name="Зеленый", fias_id=guid(5))
    register.place(5, "Зеленый", "г", 5, above=1)
    register.place(6, "Лесная", above=5)
    register.place(7, "Дальнее", "с", 6, above=90)
    register.place(8, "Полевая", above=7)
    register.house(101, "1", 8)
    register.house(102, "2", 6)
    register.house(103, "3", 555)
    outcome = load(register)
    assert Street.objects.get(name="Лесная").city == inner
    assert not Street.objects.filter(name="Полевая").exists()
    assert outcome.elsewhere == 2


def test_streets_of_one_name_in_a_city_are_told_apart_by_what_they_lie_in(register, load):
    register.place(3, "Дербышки", "мкр", 6)
    register.place(4, "Чистопольская", above=3)
    register.place(5, "Юдино", "п", 6)
    register.place(6, "Чистопольская", above=5)
    register.house(101, "12", 4)
    # The inner ones come first by number, and still the city's own street has the plain name.
    register.rows["ADDR_OBJ"][2]["OBJECTID"] = 50
    register.rows["ADM_HIERARCHY"][2]["OBJECTID"] = 50
    register.rows["ADM_HIERARCHY"][3]["PARENTOBJID"] = 50
    outcome = load(register)
    names = dict(Street.objects.values_list("fias_id", "name"))
    assert names == {
        guid(2): "Чистопольская",
        guid(4): "Чистопольская (Дербышки)",
        guid(6): "Чистопольская (Юдино)",
    }
    assert outcome.faults == 0


def test_houses_stand_on_streets_in_settlements_and_on_none(register, load, kazan):
    register.place(3, "Солнечный", "мкр", 7)
    register.place(4, "Пустой", "мкр", 7)
    register.house(101, "7", 3)
    register.house(102, "8", 1)
    load(register)
    addresses = sorted(map(str, UnplacedHouse.objects.all()))
    assert addresses == [
        "Казань, д 8",
        "Казань, мкр Солнечный, д 7",
        "Казань, ул Чистопольская, д 12",
    ]
    assert not Street.objects.filter(name="Пустой").exists()


# --- bad rows, bad files ----------------------------------------------------------------------
def test_bad_rows_are_named_and_the_others_taken(register, load, tmp_path):
    register.house(101, "", 2)
    register.house(102, "13", 2, OBJECTGUID="none")
    register.house(103, "1" * 31, 2)
    register.place(3, "!!!")
    register.place(4, "я" * 151)
    register.place(5, "Длинный", "т" * 21)
    register.house(104, "5", 3)
    register.house("x1", "5", 2)
    register.rows["HOUSES_PARAMS"].append(
        {"OBJECTID": 100, "TYPEID": 5, "VALUE": "=42", "ENDDATE": "2079-06-06"}
    )
    outcome = load(register)
    named = {(fault["object_id"], fault["column"]) for fault in refused(tmp_path)}
    assert named == {
        ("101", "HOUSENUM"), ("102", "OBJECTGUID"), ("103", "HOUSENUM"), ("3", "NAME"),
        ("4", "NAME"), ("5", "NAME"), ("104", "PARENTOBJID"), ("x1", "OBJECTID"), ("100", "VALUE"),
    }  # fmt: skip
    assert outcome.faults == 9
    assert UnplacedHouse.objects.get().postal_code == "420066"


@pytest.mark.parametrize("lacking", ["ADDR_OBJ", "HOUSES", "ADM_HIERARCHY"])
def test_a_region_without_its_files_is_refused_by_their_names(register, load, lacking):
    del register.rows[lacking]
    with pytest.raises(DomainError, match=f"AS_{lacking}"):
        load(register)


@pytest.mark.parametrize("region", ["", "x", "160", "-1", "17"])
def test_another_region_is_not_there(register, tmp_path, region):
    with pytest.raises(DomainError):
        import_gar(PORTAL, register.folder(tmp_path), region, work_folder=tmp_path)


def test_only_administrators_load_the_register(tmp_path):
    with pytest.raises(Forbidden):
        import_gar(make_actor(), tmp_path, "16")


# --- killed halfway ---------------------------------------------------------------------------
@pytest.mark.parametrize("stage", ["streets", "buildings"])
def test_an_import_that_broke_goes_on_after_the_last_batch(register, load, monkeypatch, stage):
    monkeypatch.setattr(gar, "BATCH", 3)
    for number in range(10):
        register.place(10 + number, f"Новая {'абвгдежзик'[number]}")
        register.house(200 + number, str(number + 1), 10 + number)
    moved, written = gar_loading.Scratch.moved, []

    def killed(scratch, name, position, figures):
        moved(scratch, name, position, figures)
        written.append((name, position))
        if len([1 for done, _position in written if done == stage]) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(gar_loading.Scratch, "moved", killed)
    with pytest.raises(KeyboardInterrupt):
        load(register)
    monkeypatch.setattr(gar_loading.Scratch, "moved", moved)
    seen = []
    outcome = load(register, watch=lambda name, rows: seen.append((name, rows)))
    assert "objects" not in {name for name, _rows in seen}
    assert (outcome.streets_new, outcome.waiting_new) == (11, 11)
    assert seen.count((stage, 3)) == 1
    assert (stage, 11) not in seen
    assert Street.objects.count() == UnplacedHouse.objects.count() == 11


def test_two_imports_of_a_region_do_not_meet(register, load, monkeypatch, tmp_path):
    monkeypatch.setattr(gar_loading, "WAIT_SECONDS", 0.1)
    work = gar_loading._load_houses

    def meet(source, scratch, watch):
        other = gar_loading.Scratch(scratch.path)
        try:
            gar_loading._load_objects(source, other, watch)
        finally:
            other.close()
        work(source, scratch, watch)

    monkeypatch.setattr(gar_loading, "_load_houses", meet)
    with pytest.raises(DomainError, match="locked"):
        load(register)
    monkeypatch.setattr(gar_loading, "_load_houses", work)
    assert load(register).waiting_new == 1


def test_a_process_killed_halfway_is_followed_by_one_that_goes_on(
    shared_database, register, tmp_path
):
    for number in range(6_000):
        register.house(1_000 + number, str(number + 100), 2)
    folder = register.folder(tmp_path / "gar")
    command = [sys.executable, "manage.py", "import_gar", str(folder), "--region=16"]
    command += ["--work", str(tmp_path / "work"), "--refused", str(tmp_path / "bad.csv")]
    first = subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, env=os.environ | {"DATABASE_URL": shared_database}, stdout=-3, stderr=-3
    )
    wait_until(UnplacedHouse.objects.exists)
    first.kill()
    first.wait()
    halfway = UnplacedHouse.objects.count()
    assert 0 < halfway < 6_001
    again = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=os.environ | {"DATABASE_URL": shared_database}, capture_output=True
    )
    told = again.stdout.decode()
    assert "objects:" not in told
    assert "waiting known: 0" in told or "waiting known: 500" in told
    assert UnplacedHouse.objects.count() == 6_001


def test_a_reading_that_broke_begins_its_file_anew(register, load, monkeypatch):
    place_ = gar_loading.house_number

    def break_(row, *types):
        raise KeyboardInterrupt

    monkeypatch.setattr(gar_loading, "house_number", break_)
    with pytest.raises(KeyboardInterrupt):
        load(register)
    monkeypatch.setattr(gar_loading, "house_number", place_)
    assert load(register).waiting_new == 1


# --- the command, and what comes after --------------------------------------------------------
def test_the_command_says_what_came_of_it(register, tmp_path):
    path = register.archive(tmp_path / "gar_xml.zip")
    said = io.StringIO()
    refused_ = tmp_path / "bad.csv"
    call_command(
        "import_gar", path, "--region=16", "--work", tmp_path, "--refused", refused_, stdout=said
    )
    assert "streets new: 1" in said.getvalue()
    assert "waiting new: 1" in said.getvalue()
    assert "bad rows: 0" in said.getvalue()
    for arguments in ([tmp_path / "none", "--region=16"], [path, "--region=77"]):
        with pytest.raises(CommandError):
            call_command("import_gar", *arguments)


def test_a_name_that_leads_out_of_the_archive_is_refused(register, tmp_path):
    for number, name in enumerate(
        ["../16/AS_X.XML", "/etc/x", "16/..\\..\\x", "C:/x", "a/../../b"]
    ):
        path = zipped(tmp_path / f"{number}.zip", register.files() | {name: b"<x/>"})
        with pytest.raises(DomainError):
            import_gar(PORTAL, path, "16", work_folder=tmp_path)
    assert not UnplacedHouse.objects.exists()
