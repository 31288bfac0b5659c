"""A client takes over their subscriptions: by the letter's link alone, once, with their cost."""

from datetime import timedelta
from functools import partial

import pytest
from django.core import mail
from django.urls import reverse

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event, Job, Notification
from core.tests.concurrency import together
from core.tests.reading import seen
from subscriptions.choices import ClientKind, RequestState
from subscriptions.models import ClientInvitation, ConnectionRequest, Subscription
from subscriptions.services.clients import (
    claim_subscriptions,
    create_client,
    invite_client,
    merge_clients,
    resend_invitation,
    revoke_invitation,
)
from subscriptions.tests.factories import move, request_in
from users.tests.factories import make_actor

EMAIL = "anna@example.com"


def add(actor):
    return create_client(
        actor, name="Иванова Анна", phone="+79123456789", kind=ClientKind.PERSON, consent=True
    )


def secret_of(letter) -> str:
    return letter.body.partition("/claim/")[2].partition("/")[0]


@pytest.fixture
def invited(db, run_jobs):
    """An agent, their client with a service and a request in work, and the link's secret."""
    agent = make_actor()
    client = add(agent)
    connected = request_in(RequestState.CONNECTED, owner=agent.organization, client=client)
    request_in(RequestState.CHECKING, owner=agent.organization, client=client)
    invite_client(agent, client, email=EMAIL)
    run_jobs()
    letter = next(letter for letter in mail.outbox if letter.to == [EMAIL])
    return agent, client, Subscription.objects.get(origin=connected), secret_of(letter)


def claim_page(secret):
    return reverse("client_claim", args=[secret])


def test_the_secret_stands_in_the_letter_alone(invited):
    _agent, _client, _subscription, secret = invited
    invitation = ClientInvitation.objects.get()
    assert secret not in invitation.token_digest
    assert len(invitation.token_digest) == 64
    assert not any(secret in str(job.arguments) for job in Job.objects.all())
    assert not any(secret in str(event.data) for event in Event.objects.all())


def test_a_person_sees_what_it_is_about_and_becomes_the_holder(invited, sign_in):
    agent, client, subscription, secret = invited
    person = make_actor(OrganizationKind.PERSON, Role.OWNER)
    browser = sign_in(person)
    shown = browser.get(claim_page(secret))
    assert shown.context["subscriptions"] == [subscription]
    assert shown.context["requests"] == 1
    assert shown["Referrer-Policy"] == "same-origin"
    assert not Subscription.objects.filter(holder=person.organization).exists()

    assert browser.post(claim_page(secret))["Location"] == reverse("subscription_list")

    subscription.refresh_from_db()
    assert subscription.holder == person.organization
    assert list(Subscription.objects.visible_to(person)) == [subscription]
    again = browser.get(claim_page(secret))
    assert again.context["state"] == "ours"
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert {"client.claimed", "subscriptions.received", "subscription.handed_over"} <= kinds
    # What comes of the request in work, and of what is filed later, is the holder's at once.
    open_request = ConnectionRequest.objects.get(state=RequestState.CHECKING)
    move(open_request, "approve", "schedule", "start_work", "connect")
    later = request_in(RequestState.CONNECTED, owner=agent.organization, client=client)
    held = Subscription.objects.filter(holder=person.organization)
    assert set(held.values_list("origin_id", flat=True)) == {
        subscription.origin_id,
        open_request.pk,
        later.pk,
    }


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_button_of_the_link_works_in_a_browser(invited, open_page):
    """A browser says where a form comes from: what the page's headers leave of that counts."""
    _agent, _client, subscription, secret = invited
    person = make_actor(OrganizationKind.PERSON, Role.OWNER)
    page = open_page(claim_page(secret), actor=person)
    with page.expect_navigation():
        page.locator("main .btn-primary").click()
    subscription.refresh_from_db()
    assert subscription.holder == person.organization


def test_the_agency_reads_on_but_not_the_cost(invited, sign_in):
    agent, _client, subscription, secret = invited
    Subscription.objects.update(price="7531.00")
    browser = sign_in(agent)
    pages = [
        reverse("subscription_list"),
        reverse("subscription_detail", args=[subscription.number]),
    ]
    for page in pages:
        assert "7 531 ₽" in seen(browser.get(page))
    person = make_actor(OrganizationKind.PERSON, Role.OWNER)
    claim_subscriptions(person, secret)
    for page in pages:
        words = seen(browser.get(page))
        assert subscription.number in words
        assert "7 531" not in words
        assert "7 531 ₽" in seen(sign_in(person).get(page))


def test_both_are_told(invited, run_jobs):
    agent, _client, _subscription, secret = invited
    acting = make_actor(OrganizationKind.COMPANY, Role.MANAGER)
    colleague = make_actor(role=Role.OWNER, organization=acting.organization)
    claim_subscriptions(acting, secret)
    run_jobs()
    told = set(Notification.objects.values_list("user_id", "event__kind"))
    assert (agent.user.pk, "client.claimed") in told
    assert (colleague.user.pk, "subscriptions.received") in told
    assert (acting.user.pk, "subscriptions.received") in told


def test_a_visitor_is_led_to_register_and_comes_back(invited, client):
    _agent, _client, subscription, secret = invited
    shown = client.get(claim_page(secret))
    assert shown.context["state"] == "sign_in"
    html = shown.content.decode()
    assert "kind=person" in html
    assert subscription.plan.name not in html
    assert client.post(claim_page(secret)).status_code == 200
    assert not ClientInvitation.objects.filter(accepted_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("kind", "role", "state"),
    [
        (OrganizationKind.AGENCY, Role.OWNER, "other_kind"),
        (OrganizationKind.PROVIDER, Role.OWNER, "other_kind"),
        (OrganizationKind.COMPANY, Role.MEMBER, "low_role"),
        (OrganizationKind.COMPANY, Role.VIEWER, "low_role"),
    ],
)
def test_who_cannot_hold_is_told_what_to_do(invited, sign_in, kind, role, state):
    _agent, _client, subscription, secret = invited
    actor = make_actor(kind, role)
    shown = sign_in(actor).post(claim_page(secret))
    assert shown.context["state"] == state
    assert subscription.plan.name not in shown.content.decode()
    with pytest.raises(Forbidden):
        claim_subscriptions(actor, secret)


def test_used_withdrawn_expired_and_forged_links_say_so(invited, sign_in):
    agent, _client, _subscription, secret = invited
    person = make_actor(OrganizationKind.PERSON, Role.OWNER)
    browser = sign_in(person)
    forged = browser.get(claim_page("forged-0123456789-forged"))
    assert (forged.status_code, forged.context["state"]) == (404, "unknown")
    with pytest.raises(NotVisible):
        claim_subscriptions(person, "forged-0123456789-forged")
    invitation = ClientInvitation.objects.get()
    with clock.set_to(invitation.expires_at), pytest.raises(DomainError):
        claim_subscriptions(person, secret)
    ClientInvitation.objects.update(expires_at=invitation.created_at)
    assert browser.get(claim_page(secret)).context["state"] == "expired"
    ClientInvitation.objects.update(expires_at=invitation.expires_at)
    revoke_invitation(agent, invitation)
    revoke_invitation(agent, invitation)
    assert browser.get(claim_page(secret)).context["state"] == "revoked"
    with pytest.raises(Conflict):
        claim_subscriptions(person, secret)
    ClientInvitation.objects.update(revoked_at=None)
    claim_subscriptions(person, secret)
    other = make_actor(OrganizationKind.PERSON, Role.OWNER)
    assert sign_in(other).get(claim_page(secret)).context["state"] == "used"
    with pytest.raises(Conflict):
        claim_subscriptions(other, secret)
    with pytest.raises(Conflict):
        revoke_invitation(agent, invitation)


def test_sent_again_the_old_link_works_no_more(invited, run_jobs):
    agent, _client, _subscription, old = invited
    invitation = ClientInvitation.objects.get()
    with pytest.raises(DomainError):
        resend_invitation(agent, invitation)
    with clock.set_to(invitation.sent_at + timedelta(minutes=6)):
        resend_invitation(agent, invitation)
        run_jobs()
    new = secret_of([letter for letter in mail.outbox if letter.to == [EMAIL]][-1])
    person = make_actor(OrganizationKind.PERSON, Role.OWNER)
    with pytest.raises(NotVisible):
        claim_subscriptions(person, old)
    assert claim_subscriptions(person, new)


def test_one_invitation_is_open_at_a_time_and_only_of_one_s_own_client(invited, sign_in):
    agent, client, _subscription, _secret = invited
    with pytest.raises(Conflict) as refused:
        invite_client(agent, client, email="other@example.com")
    assert refused.value.field == "email"
    url = reverse("client_invite", args=[client.public_id])
    assert sign_in(agent).post(url, {"email": "other@example.com"}).status_code == 422
    assert sign_in(agent).post(url, {"email": "no address"}).status_code == 422
    stranger = make_actor()
    with pytest.raises(Forbidden):
        invite_client(stranger, client, email=EMAIL)
    act = reverse("client_invitation", args=[ClientInvitation.objects.get().public_id])
    assert sign_in(stranger).post(act, {"do": "revoke"}).status_code == 404
    expired = ClientInvitation.objects.get().expires_at
    first = ClientInvitation.objects.get()
    with clock.set_to(expired):
        second = invite_client(agent, client, email="other@example.com")
        with pytest.raises(Conflict):
            resend_invitation(agent, first)
        revoke_invitation(agent, second)
        resend_invitation(agent, first)
    first.refresh_from_db()
    assert first.open_key == str(client.pk)


def test_an_invitation_outlives_a_merge_of_its_client(invited):
    agent, client, subscription, secret = invited
    merge_clients(agent, add(agent), client)
    person = make_actor(OrganizationKind.PERSON, Role.OWNER)
    assert claim_subscriptions(person, secret) == [subscription]


def test_the_same_phone_hands_nothing_over(invited):
    _agent, _client, _subscription, _secret = invited
    person = make_actor(OrganizationKind.PERSON, Role.OWNER)
    person.user.phone = "+79123456789"
    person.user.save()
    assert not Subscription.objects.visible_to(person).exists()


@pytest.mark.django_db(transaction=True)
def test_of_several_who_open_the_link_at_once_one_takes_over(run_jobs):
    agent = make_actor()
    client = add(agent)
    request_in(RequestState.CONNECTED, owner=agent.organization, client=client)
    invite_client(agent, client, email=EMAIL)
    run_jobs()
    secret = secret_of([letter for letter in mail.outbox if letter.to == [EMAIL]][-1])
    people = [make_actor(OrganizationKind.PERSON, Role.OWNER) for _n in range(5)]
    outcomes = together([partial(claim_subscriptions, person, secret) for person in people])
    assert sum(isinstance(outcome, list) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 4
    winner = next(
        p for p, outcome in zip(people, outcomes, strict=True) if isinstance(outcome, list)
    )
    assert Subscription.objects.get().holder == winner.organization
