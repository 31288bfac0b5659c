"""A service that moves: its crew is sent to the new address, and everybody reads what is done."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client as Browser
from django.utils import translation
from icalendar import Calendar

from core.badges import badge
from core.choices import OrganizationKind, Role
from core.finding import Asked
from core.tests.reading import seen
from subscriptions.choices import RequestKind, RequestState
from subscriptions.finding import requests
from subscriptions.models import Appointment, Subscription
from subscriptions.notifications import present_requests
from subscriptions.papers import PaperKind, paper_of
from subscriptions.request_workflow import EFFECTS, state_label
from subscriptions.selectors.related import related_to
from subscriptions.selectors.request_page import request_for_page
from subscriptions.services.requests import move_request
from subscriptions.services.visits.feeds import create_feed, secret_of
from subscriptions.tests.changing import elsewhere, filed, in_force
from subscriptions.tests.factories import PlanFactory, move
from subscriptions.visit_letters import send_letter
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db
VISIT = datetime(2027, 1, 20, 7, tzinfo=UTC)
DAY = "/visits/?day=2027-01-20"


@pytest.fixture(autouse=True)
def _in_russian():
    with translation.override("ru"):
        yield


@pytest.fixture
def company():
    return make_actor(OrganizationKind.COMPANY)


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def moving(company, operator):
    """A relocation with a visit at VISIT, to a city in another zone."""
    plan = PlanFactory(provider=operator.organization)
    service = in_force(company.organization, plan)
    unit = elsewhere(plan)
    unit.entrance, unit.floor = 3, 11
    unit.save()
    unit.building.city.time_zone = "Asia/Yekaterinburg"
    unit.building.city.save()
    place = {"building": unit.building, "unit_number": unit.number}
    request = filed(company, service, RequestKind.RELOCATE, **place)
    move(request, "start_check", "approve")
    times = {"starts_at": VISIT, "ends_at": VISIT + timedelta(hours=2)}
    request = move_request(operator, request.number, "schedule", times)
    assert request.building.address != unit.building.address
    return request


@pytest.fixture
def old(moving):
    return moving.building.address


@pytest.fixture
def new(moving):
    return moving.target_unit.building.address


def test_the_day_and_the_week_lead_to_the_new_address(sign_in, operator, moving, old, new):
    browser = sign_in(operator)
    page = browser.get(DAY)
    words = seen(page)
    assert new in words
    assert old not in words
    [line] = page.context["lines"]
    place = moving.target_unit.building
    assert f"{place.longitude:.6f}" in line.routes[0].url
    assert line.request.visited_unit.floor == 11
    week = seen(browser.get("/visits/week/?day=2027-01-20"))
    assert new in week
    assert old not in week
    assert str(moving.get_kind_display()) in week


def test_the_crew_reads_what_it_does_and_marks_it_done(sign_in, operator, moving, new):
    browser = sign_in(operator)
    kind = str(moving.get_kind_display())
    assert kind in seen(browser.get(DAY))
    url = f"/visits/{moving.number}/done/"
    page = browser.get(url)
    words = seen(page)
    assert new in words
    assert kind in words
    assert "plug-connected" not in page.content.decode().partition("form-actions")[2]
    form = page.context["form"]
    answer = browser.post(
        url,
        {
            "form_token": form["form_token"].value(),
            "version": moving.version,
            "signed_name": "Анна",
            "accepted": "on",
        },
        follow=True,
    )
    moving.refresh_from_db()
    assert moving.state == RequestState.CONNECTED
    assert Subscription.objects.get(origin=moving).unit == moving.target_unit
    [told] = [str(message) for message in answer.context["messages"]]
    assert told == f"{moving.number}: {state_label(moving)}."
    assert str(EFFECTS[RequestKind.RELOCATE]) in seen(browser.get(url))


def test_calendars_letters_and_papers_name_the_new_address(company, operator, moving, old, new):
    feed = create_feed(operator, "ALL")
    content = Browser().get(f"/calendars/{secret_of(feed)}.ics").content
    events = Calendar.from_ical(content).walk("VEVENT")
    [event] = [event for event in events if moving.number in event["UID"]]
    assert new in str(event["LOCATION"])
    assert str(event["SUMMARY"]).count(" · ") == 1
    visit = Appointment.objects.get(request=moving)
    send_letter(visit.pk, "agreed")
    [letter] = mail.outbox
    assert new in letter.body
    assert old not in letter.body
    # Seven in UTC is noon where the crew comes to.
    assert "12:00–14:00" in letter.body
    paper = paper_of(operator, request_for_page(operator, moving.number), PaperKind.FORM)
    [lines] = [
        section.lines
        for section in paper.sections
        if any(new in value for _label, value in section.lines)
    ]
    assert next(value for label, value in lines if label == "Откуда").startswith(old)


def test_lists_name_the_kind_and_the_effect(company, operator, moving):
    done = move(moving, "start_work", "complete")
    kind = str(done.get_kind_display())
    [subject] = present_requests([done.pk]).values()
    assert subject.title.startswith(f"{kind} · ")
    member = make_actor(role=Role.OWNER, organization=company.organization)
    origin = done.subscription.origin
    shown = [line.request for group in related_to(member, origin) for line in group.rows]
    assert [(row.shown_state, row.change_in_words) for row in shown] == [
        ("CONNECTED.RELOCATE", kind)
    ]
    [hit] = [hit for hit in requests(Asked(member, done.number, 5)) if hit.lead == done.number]
    assert hit.note.startswith(f"{kind} · ")
    assert hit.badge == badge("request", "CONNECTED.RELOCATE")
