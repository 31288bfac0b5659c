"""Papers of a request: what stands in them, for whom, and in letters that can be read."""

import io

import pytest
from django.utils import translation
from PIL import Image
from pypdf import PdfReader

from core.choices import OrganizationKind
from subscriptions.choices import RequestState
from subscriptions.papers import Paper, PaperKind, draw_paper, paper_of
from subscriptions.papers.contents import PaperSection
from subscriptions.selectors.request_page import request_for_page
from subscriptions.services.checklists import Item, save_template, tick
from subscriptions.services.custom_fields import create_field, fill_in
from subscriptions.services.requests import add_note
from subscriptions.tests.sides import text, url
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db


def words(content: bytes) -> str:
    return " ".join(
        " ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages
    )


@pytest.fixture
def rich(sides):
    """Everything that a paper may hold, and what it must not."""
    provider, agency = sides.operator.organization, sides.agent.organization
    provider.legal_name = "ООО «Ёлочка-Телеком» № 1"
    provider.inn, provider.kpp = "7707083893", "770701001"
    provider.save()
    agency.legal_name = "ИП Агентов"
    agency.save()
    sides.plan.name = "Старт 300 ₽"
    sides.plan.commission_value = "4321"
    sides.plan.save()
    save_template(sides.operator, None, [Item("Кабель проложен"), Item("Фото", False)])
    box = create_field(sides.operator, kind="TEXT", label="Роутер №")
    port = create_field(
        sides.operator, kind="TEXT", label="Порт", seen_by="PROVIDER", filled_by="PROVIDER"
    )
    request = sides.request(RequestState.IN_PROGRESS, comment="Код домофона 45")
    fill_in(sides.operator, request, {box.code: "SN-0042", port.code: "P-77"})
    tick(sides.operator, request, request.checklist.first().pk, done=True)
    add_note(sides.operator, request, "Тайна подвала", internal=True)
    return request


@pytest.fixture(autouse=True)
def _in_russian():
    with translation.override("ru"):
        yield


def test_the_form_holds_both_sides_the_place_the_plan_and_the_details(sides, rich, sign_in):
    answer = sign_in(sides.agent).get(url(rich, "papers/form.pdf"))
    assert answer["Content-Type"] == "application/pdf"
    assert f"{rich.number}-form.pdf" in answer["Content-Disposition"]
    found = words(answer.content)
    for wanted in (
        rich.number, "ООО «Ёлочка-Телеком» № 1", "7707083893", "770701001", "ИП Агентов",
        rich.client.name, rich.building.address, "Старт 300 ₽", "550 ₽", "Роутер №", "SN-0042",
    ):  # fmt: skip
        assert wanted in found.replace("\xa0", " "), wanted


def test_papers_hold_nothing_that_is_not_for_all_hands(sides, rich, sign_in):
    for actor in (sides.agent, sides.operator, sides.holder):
        browser = sign_in(actor)
        contents = [
            words(browser.get(url(rich, f"papers/{one}.pdf")).content) for one in ("form", "act")
        ]
        contents.append(text(browser.get(url(rich, "print/"))))
        for content in contents:
            assert rich.number in content
            for secret in ("P-77", "Тайна подвала", "4321", "4 321", "4\xa0321"):
                assert secret not in content, secret
    held = words(sign_in(sides.holder).get(url(rich, "papers/act.pdf")).content)
    assert rich.client.phone.as_international not in held
    assert "SN-0042" not in held


def test_the_act_says_what_was_done_and_has_places_to_sign(sides, rich):
    found = request_for_page(sides.operator, rich.number)
    paper = paper_of(sides.operator, found, PaperKind.ACT)
    assert paper.items == [(True, "Кабель проложен"), (False, "Фото")]
    content = words(draw_paper(paper))
    for wanted in ("Кабель проложен", *paper.signers):
        assert wanted in content
    assert len(paper.signers) == 2


def test_there_is_no_act_before_there_is_work(sides, sign_in):
    request = sides.request(RequestState.APPROVED)
    browser = sign_in(sides.operator)
    assert browser.get(url(request, "papers/act.pdf")).status_code == 400
    assert "act.pdf" not in text(browser.get(url(request)))
    assert browser.get(url(request, "papers/form.pdf")).status_code == 200
    assert browser.get(url(request, "papers/other.pdf")).status_code == 404


def test_a_long_one_has_numbered_pages_and_a_drawn_signature(sides, rich):
    found = request_for_page(sides.operator, rich.number)
    paper = paper_of(sides.operator, found, PaperKind.ACT)
    paper.items.extend((True, f"Пункт {number} " + "очень длинный " * 12) for number in range(60))
    kept = io.BytesIO()
    Image.new("RGB", (300, 80), "navy").save(kept, "PNG")
    made = PdfReader(io.BytesIO(draw_paper(paper, signatures=[None, kept.getvalue()])))
    assert len(made.pages) >= 3
    for number, page in enumerate(made.pages, start=1):
        assert f"{number}" in page.extract_text()
    assert len(made.pages[-1].images) == 1
    everything = " ".join(page.extract_text() for page in made.pages)
    assert "Пункт 59" in everything


@pytest.mark.parametrize(
    "value",
    ["x" * 3000, "строка\n" * 400, "😀 \u202e עברית", "\ufeff\u200b\u0301", "**[a](b)** <b>"],
)
def test_whatever_was_typed_can_be_drawn(value):
    section = PaperSection("Данные", [("Очень длинное название поля " * 3, value), ("Б", "в")])
    paper = Paper(
        "EC-1", value[:60], value[:60], [section] * 3, [(True, value)], value, [value] * 2
    )
    assert PdfReader(io.BytesIO(draw_paper(paper))).pages


def test_strangers_have_no_papers(sides, rich, sign_in):
    for kind in OrganizationKind:
        browser = sign_in(make_actor(kind))
        for path in ("papers/form.pdf", "papers/act.pdf", "print/"):
            assert browser.get(url(rich, path)).status_code == 404
