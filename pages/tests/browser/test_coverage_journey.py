"""A zone drawn on the map makes a building connectable, and whoever waited there is told.

The steps find things as those of test_journey do: the journey is the same in every language.
"""

import io
import re

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from playwright.sync_api import expect

from core.actor import Actor
from core.choices import OrganizationKind
from locations.models import Building, CoverageZone
from locations.services import save_zone
from locations.tests.factories import (
    BuildingFactory,
    CityFactory,
    ServiceCategoryFactory,
    StreetFactory,
    square,
)
from pages.tests.browser.visitor import Visitor, letters_to, member, open_bell, sign_in
from subscriptions.choices import WatchState
from subscriptions.models import AvailabilityWatch, Plan
from subscriptions.tests.factories import PlanFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADDRESS = "Казань, ул Чистопольская, д 12"
# The corners of what is drawn, in shares of the map's width and height.
CORNERS = [(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)]


@pytest.fixture
def house() -> Building:
    city = CityFactory(name="Казань")
    return BuildingFactory(street=StreetFactory(city=city, name="Чистопольская"), number="12")


@pytest.fixture
def plan() -> Plan:
    return PlanFactory(name="Старт 300")


@pytest.fixture
def operator(house, plan) -> Actor:
    """Of a provider that states nothing there but television: its map begins with that zone."""
    actor = member(OrganizationKind.PROVIDER, organization=plan.provider)
    television = ServiceCategoryFactory(code="tv")
    outline = square(house.latitude, house.longitude)
    save_zone(actor, name="ТВ", category=television, geometry=outline)
    return actor


def begin_to_wait(visitor: Visitor, house: Building, plan: Plan) -> None:
    page = reverse("availability_building", args=[house.public_id])
    visitor.go(f"{page}?category={plan.category.code}")
    wait = reverse("watch_new", args=[house.public_id])
    visitor.follow(visitor.page.locator(f"main a[href^='{wait}']"))
    visitor.press_primary()
    assert AvailabilityWatch.objects.get().state == WatchState.WAITING


def draw_a_zone(visitor: Visitor, plan: Plan) -> None:
    visitor.go(reverse("coverage_zone_new"))
    canvas = visitor.page.locator("main .map-canvas")
    visitor.page.locator("[data-draw=polygon]").click()
    # Between the bars at the upper and the lower edge of a phone.
    canvas.evaluate("canvas => canvas.scrollIntoView({block: 'center'})")
    box = canvas.bounding_box()
    for across, down in [*CORNERS, CORNERS[0]]:
        place = box["x"] + box["width"] * across, box["y"] + box["height"] * down
        visitor.page.mouse.move(*place)
        visitor.page.mouse.click(*place)
    expect(visitor.page.locator("main [name=outline]")).to_have_value(re.compile("Polygon"))
    visitor.fill(name="Центр")
    visitor.page.locator("main [name=category]").select_option(str(plan.category_id))
    visitor.press_primary()
    expect(visitor.page.locator("main h1")).to_contain_text("Центр")


def have_a_list_answered(visitor: Visitor, run_jobs) -> list[str]:
    """Brings two addresses in a file; the first row of what comes back, as texts."""
    visitor.go(reverse("availability_list"))
    content = f"Адрес\n{ADDRESS}\nКазань, Нигде 1\n".encode()
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": content}
    visitor.page.locator("main [name=file]").set_input_files(file)
    visitor.press_primary()
    visitor.leave()
    run_jobs()
    visitor.page.go_back()
    visitor.look()
    with visitor.page.expect_download() as started:
        visitor.page.locator("main .btn-primary").click()
    rows = load_workbook(io.BytesIO(started.value.path().read_bytes())).active.iter_rows()
    next(rows)
    return [str(cell.value or "") for cell in next(rows)]


def test_from_a_drawn_zone_to_whoever_waited_for_it(visit, house, plan, operator, run_jobs):
    agent = member(OrganizationKind.AGENCY)
    waiting, drawing = visit(), visit()

    sign_in(waiting, agent.user.email)
    begin_to_wait(waiting, house, plan)
    waiting.leave()
    sign_in(drawing, operator.user.email)
    draw_a_zone(drawing, plan)
    drawing.leave()
    assert CoverageZone.objects.filter(category=plan.category).count() == 1
    run_jobs()
    assert AvailabilityWatch.objects.get().state == WatchState.TOLD
    assert letters_to(agent.user.email)

    waiting.go(reverse("home"))
    open_bell(waiting)
    waiting.go(reverse("availability_building", args=[house.public_id]))
    expect(waiting.page.locator("main")).to_contain_text(plan.name)
    expect(waiting.page.locator("main")).to_contain_text("Центр")
    row = have_a_list_answered(waiting, run_jobs)
    assert ADDRESS in row
    assert plan.provider.name in " ".join(row)
    assert waiting.complaints + drawing.complaints == []
