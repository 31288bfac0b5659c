"""A provider works ten requests together: takes them up, gives them out, refuses some, sees what
was done, keeps the view, and moves a card on the board.

The steps find things as those of test_journey do: the journey is the same in every language.
"""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from core.actor import Actor
from core.choices import OrganizationKind, Role
from core.models import SavedView
from pages.tests.browser.visitor import Visitor, member, sign_in
from subscriptions.models import ConnectionRequest
from subscriptions.tests.factories import request_in
from users.tests.factories import make_actor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEN = 10


@pytest.fixture
def manager() -> Actor:
    actor = member(OrganizationKind.PROVIDER, Role.OWNER)
    first = request_in("SUBMITTED", plan__provider=actor.organization)
    for _ in range(TEN - 1):
        request_in("SUBMITTED", owner=first.owner, plan=first.plan)
    return actor


def counts() -> dict[str, int]:
    states = list(ConnectionRequest.objects.values_list("state", flat=True))
    return {state: states.count(state) for state in sorted(set(states))}


def select(worker: Visitor, count: int) -> None:
    boxes = worker.page.locator("main input[name=selected]")
    for index in range(count):
        boxes.nth(index).check()
    expect(worker.page.locator("[data-selected-count]")).to_have_text(str(count))


def act(worker: Visitor, name: str) -> None:
    """Presses the bulk action `name`, which may stand behind "More actions"."""
    button = worker.page.locator(f".bulk-bar button[value='{name}']")
    if not button.is_visible():
        worker.page.locator("#bulk-others summary").click()
    worker.follow(button)


def take_all_up(worker: Visitor) -> None:
    """All that the filters find, not only what is selected: asked first, then done."""
    worker.go(reverse("request_list") + "?state=SUBMITTED")
    select(worker, 1)
    worker.page.locator(".bulk-all input").check()
    act(worker, "start_check")
    worker.press_primary()
    expect(worker.page.locator("main .outcomes li")).to_have_count(TEN)
    assert counts() == {"CHECKING": TEN}


def give_out(worker: Visitor, colleague: Actor) -> None:
    worker.go(reverse("request_list"))
    select(worker, TEN)
    worker.page.locator("#bulk-user").select_option(colleague.user.public_id)
    act(worker, "assign")
    assert ConnectionRequest.objects.filter(assignee=colleague.user).count() == TEN


def refuse_three(worker: Visitor) -> None:
    """The reason is asked for once, for all three."""
    worker.go(reverse("request_list"))
    select(worker, 3)
    act(worker, "reject")
    worker.page.locator("main [name=reason]").select_option("NO_PORT")
    worker.follow(worker.page.locator("main .btn-danger"))
    expect(worker.page.locator("main .outcomes li")).to_have_count(3)
    assert counts() == {"CHECKING": TEN - 3, "REJECTED": 3}


def keep_the_view(worker: Visitor) -> None:
    worker.go(reverse("request_list") + "?state=CHECKING")
    worker.page.locator("#arrange summary").click()
    worker.follow(
        worker.page.locator(f"#arrange a[href^='{reverse('list_view_new', args=['requests'])}']")
    )
    worker.fill(name="В проверке")
    worker.press_primary()
    view = SavedView.objects.get(name="В проверке")
    expect(worker.page).to_have_url(re.compile(f"view={view.public_id}"))
    expect(worker.page.locator(".view-tab[aria-current]")).to_contain_text("В проверке")


def move_a_card(worker: Visitor) -> None:
    """From the menu of the card, in place; the board shows where it went."""
    worker.go(reverse("request_board"))
    card = worker.page.locator("#column-CHECKING [data-card]").first
    number = card.get_attribute("data-card")
    card.locator("summary").click()
    card.locator("button[data-move=approve]").click()
    moved = worker.page.locator(f"#column-APPROVED [data-card='{number}']:not(.is-moving)")
    expect(moved).to_be_visible()
    worker.look()
    assert ConnectionRequest.objects.get(number=number).state == "APPROVED"


def test_ten_requests_are_worked_together(visit, manager):
    colleague = make_actor(organization=manager.organization, role=Role.MEMBER)
    worker = visit()
    sign_in(worker, manager.user.email)
    take_all_up(worker)
    give_out(worker, colleague)
    refuse_three(worker)
    keep_the_view(worker)
    move_a_card(worker)
    worker.leave()
    assert worker.complaints == []
