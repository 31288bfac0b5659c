"""Checklists: managers set them up, requests are taken up with them and connected after them."""

import pytest

from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event
from subscriptions.choices import RequestState
from subscriptions.models import ChecklistItem, ChecklistTemplate
from subscriptions.services.checklists import Item, give_checklists, save_template, tick
from subscriptions.services.requests import assign_request, move_request
from subscriptions.tests.factories import move
from subscriptions.tests.sides import text, url
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db
ITEMS = [Item("Cable laid"), Item("Signal measured"), Item("Photo taken", False)]


def texts(request):
    return list(request.checklist.values_list("text", flat=True))


def test_it_is_copied_when_the_request_is_taken_up_and_stays_as_it_was(sides):
    save_template(sides.operator, sides.plan.category, ITEMS)
    filed = sides.request(RequestState.SUBMITTED)
    assert texts(filed) == []
    move(filed, "start_check", actor=sides.operator)
    assert texts(filed) == ["Cable laid", "Signal measured", "Photo taken"]
    save_template(sides.operator, sides.plan.category, [Item("Other")])
    assert texts(filed) == ["Cable laid", "Signal measured", "Photo taken"]


def test_the_category_own_checklist_goes_before_that_of_all_services(sides):
    save_template(sides.operator, None, [Item("For all")])
    assert texts(sides.request()) == ["For all"]
    save_template(sides.operator, sides.plan.category, [Item("For this")])
    assert texts(sides.request()) == ["For this"]
    save_template(sides.operator, sides.plan.category, [])
    assert texts(sides.request()) == ["For all"]


def test_what_is_worked_without_one_gets_it_by_a_job(sides, run_jobs):
    worked, filed = sides.request(RequestState.APPROVED), sides.request(RequestState.SUBMITTED)
    closed = sides.request(RequestState.REJECTED)
    save_template(sides.operator, sides.plan.category, ITEMS)
    run_jobs()
    assert len(texts(worked)) == 3
    assert texts(filed) == texts(closed) == []
    template = ChecklistTemplate.objects.get()
    give_checklists.call(template.pk)
    assert ChecklistItem.objects.count() == 3


def test_open_required_items_stop_the_connection_and_are_named(sides, sign_in):
    save_template(sides.operator, sides.plan.category, ITEMS)
    request = sides.request(RequestState.IN_PROGRESS)
    with pytest.raises(DomainError) as refused:
        move_request(sides.operator, request.number, "connect")
    assert "Cable laid" in str(refused.value)
    assert "Signal measured" in str(refused.value)
    assert "Photo taken" not in str(refused.value)
    page = sign_in(sides.operator).post(url(request, "move/connect/"), {})
    assert page.status_code == 422
    assert "Signal measured" in text(page)
    for item in request.checklist.filter(is_required=True):
        tick(sides.operator, request, item.pk, done=True)
    moved = move_request(sides.operator, request.number, "connect")
    assert moved.state == RequestState.CONNECTED


def test_a_tick_keeps_who_and_when_and_is_told_to_the_provider_alone(sides, sign_in):
    save_template(sides.operator, None, ITEMS)
    request = sides.request()
    item = request.checklist.first()
    browser = sign_in(sides.operator)
    answer = browser.post(url(request, "checklist/"), {"tick": item.pk}, HTTP_HX_REQUEST="true")
    assert answer.status_code == 200
    assert 'aria-checked="true"' in text(answer)
    item.refresh_from_db()
    assert (item.done_by, item.done_at is not None) == (sides.operator.user, True)
    event = Event.objects.get(kind="checklist.ticked")
    assert event.parties.get().organization == sides.operator.organization
    agents = text(sign_in(sides.agent).get(url(request)))
    assert "Cable laid" in agents
    assert str(sides.operator.user) not in agents
    assert "checkbox" not in agents.partition('id="checklist"')[2].partition("</section>")[0]
    tick(sides.operator, request, item.pk, done=True)
    assert Event.objects.filter(kind="checklist.ticked").count() == 1
    answer = browser.post(url(request, "checklist/"), {"untick": item.pk})
    assert answer.url.endswith("#checklist")
    item.refresh_from_db()
    assert (item.done_by, item.done_at) == (None, None)


def test_only_who_works_the_request_ticks(sides, sign_in):
    save_template(sides.operator, None, ITEMS)
    request, other = sides.request(), sides.request()
    member = make_actor(
        OrganizationKind.PROVIDER, Role.MEMBER, organization=sides.operator.organization
    )
    assign_request(sides.operator, request, sides.operator.user)
    item = request.checklist.first()
    for actor in (sides.agent, sides.holder, member):
        with pytest.raises(Forbidden):
            tick(actor, request, item.pk, done=True)
    with pytest.raises(NotVisible):
        tick(sides.operator, other, item.pk, done=True)
    stranger = make_actor(OrganizationKind.PROVIDER)
    with pytest.raises(NotVisible):
        tick(stranger, request, item.pk, done=True)
    browser = sign_in(sides.operator)
    for data in ({}, {"tick": "x"}, {"tick": "9" * 30}, {"tick": "٣"}):
        assert browser.post(url(request, "checklist/"), data).status_code == 400
    assert 'id="checklist"' not in text(sign_in(sides.holder).get(url(request)))


def test_managers_alone_set_up_and_others_edits_are_not_overwritten(sides):
    member = make_actor(
        OrganizationKind.PROVIDER, Role.MEMBER, organization=sides.operator.organization
    )
    for actor in (member, sides.agent):
        with pytest.raises(Forbidden):
            save_template(actor, None, ITEMS)
    save_template(sides.operator, None, ITEMS, version=0)
    with pytest.raises(Conflict):
        save_template(sides.operator, None, [Item("Mine")], version=0)
    with pytest.raises(DomainError):
        save_template(sides.operator, None, [Item(str(n)) for n in range(41)])
    assert ChecklistTemplate.objects.get().items.count() == 3


def test_the_page_takes_lines_with_stars(sides, sign_in):
    browser = sign_in(sides.operator)
    assert browser.get("/requests/setup/checklists/all/").status_code == 200
    page = browser.post(
        "/requests/setup/checklists/all/",
        {"items": "* Cable laid\r\n\r\nPhoto taken\r\n", "version": "0"},
    )
    assert page.status_code == 302
    items = ChecklistTemplate.objects.get().items.values_list("text", "is_required")
    assert list(items) == [("Cable laid", True), ("Photo taken", False)]
    shown = text(browser.get("/requests/setup/checklists/all/"))
    assert "* Cable laid\nPhoto taken" in shown
    late = browser.post("/requests/setup/checklists/all/", {"items": "Mine\x00", "version": "0"})
    assert late.status_code in (200, 409)
    assert "Mine" in text(late)
    assert ChecklistTemplate.objects.get().items.count() == 2
    long = browser.post("/requests/setup/checklists/all/", {"items": "x" * 300, "version": "1"})
    assert long.context["form"].errors["items"]
    assert browser.get("/requests/setup/checklists/nothing/").status_code == 404
