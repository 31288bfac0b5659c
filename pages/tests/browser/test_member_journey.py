"""A colleague's time in an organization: invited, safe behind a second factor, promoted, removed.

The steps find things as those of test_journey do: the journey is the same in every language.
"""

import re

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect

from core.actor import Actor
from core.choices import Role
from pages.tests.browser.visitor import Visitor, member, sign_in
from users.models import Membership
from users.tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NEWCOMER, NAME = "newcomer@agency.example", "Ольга Новая"


@pytest.fixture
def owner() -> Actor:
    return member(role=Role.OWNER)


def invite(owner: Visitor) -> None:
    owner.go(reverse("member_list"))
    owner.press_primary()
    owner.fill(email=NEWCOMER)
    owner.page.locator("main [name=role]").select_option(Role.VIEWER)
    owner.press_primary()
    expect(owner.page).to_have_url(re.compile(reverse("member_list") + "$"))
    expect(owner.page.locator("#invitations")).to_contain_text(NEWCOMER)


def join(newcomer: Visitor) -> None:
    """Opens the link of the letter, gives a name and a password, and is inside."""
    (letter,) = [letter for letter in mail.outbox if letter.to == [NEWCOMER]]
    link = re.search(r"https?://[^/\s]+(/\S+)", letter.body)
    assert link, letter.body
    newcomer.go(link[1])
    newcomer.fill(full_name=NAME, password=PASSWORD)
    newcomer.page.locator("main [name=consent]").check()
    newcomer.press_primary()
    expect(newcomer.page).to_have_url(re.compile(reverse("home") + "$"))


def turn_on_second_factor(newcomer: Visitor) -> str:
    """Returns the secret that the authenticator app keeps."""
    newcomer.go(reverse("mfa_index"))
    newcomer.follow(newcomer.page.locator(f"main a[href='{reverse('mfa_activate_totp')}']"))
    # Who has just come by a link shows first that the password is theirs.
    newcomer.fill(password=PASSWORD)
    newcomer.press_primary()
    secret = newcomer.page.locator("main code").first.inner_text()
    newcomer.fill(code=code_of(secret))
    newcomer.press_primary()
    return secret


def code_of(secret: str) -> str:
    """What the app shows now: of the codes that are taken the middle one, which lasts longest."""
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2]))


def come_back_with_second_factor(newcomer: Visitor, secret: str) -> None:
    newcomer.page.context.clear_cookies()
    newcomer.go(reverse("account_login"))
    newcomer.fill(login=NEWCOMER, password=PASSWORD)
    newcomer.press_primary()
    expect(newcomer.page).to_have_url(re.compile(reverse("mfa_authenticate")))
    # A code opens once; that it was used to turn the factor on is forgotten here, not waited for.
    cache.clear()
    newcomer.fill(code=code_of(secret))
    newcomer.press_primary()
    expect(newcomer.page).to_have_url(re.compile(reverse("home") + "$"))


def promote(owner: Visitor, membership: Membership) -> None:
    """The list tells of the second factor; the role changes from the member's page."""
    owner.go(reverse("member_list"))
    page = reverse("member_edit", args=[membership.user.public_id])
    owner.follow(owner.page.locator(f"main a[href='{page}']"))
    owner.page.locator("main [name=role]").select_option(Role.MANAGER)
    owner.press_primary()


def remove(owner: Visitor, membership: Membership) -> None:
    owner.go(reverse("member_edit", args=[membership.user.public_id]))
    owner.page.locator("main a[href='#remove']").click()
    owner.follow(owner.page.locator("#remove form button"))


def test_invited_behind_a_second_factor_promoted_and_removed(visit, owner, run_jobs):
    chief, newcomer = visit(), visit()

    sign_in(chief, owner.user.email)
    invite(chief)
    chief.leave()
    run_jobs()
    join(newcomer)
    membership = Membership.objects.select_related("user").get(user__email=NEWCOMER)
    assert (membership.role, membership.organization) == (Role.VIEWER, owner.organization)

    secret = turn_on_second_factor(newcomer)
    newcomer.leave()
    run_jobs()
    come_back_with_second_factor(newcomer, secret)
    newcomer.leave()

    promote(chief, membership)
    chief.leave()
    membership.refresh_from_db()
    assert membership.role == Role.MANAGER
    # It holds from the next page on, in the window that is open.
    newcomer.go(reverse("organization_profile"))
    newcomer.leave()

    remove(chief, membership)
    chief.leave()
    membership.refresh_from_db()
    assert not membership.is_active
    newcomer.go(reverse("home"))
    expect(newcomer.page.locator("main")).not_to_contain_text(owner.organization.name)
    assert newcomer.page.goto(reverse("client_list")).status in (403, 404)
    # Chromium tells its console of that refusal.
    assert re.search("40[34]", newcomer.complaints.pop())
    assert chief.complaints + newcomer.complaints == []
