"""Invitations: sent, sent again, revoked, opened by everybody, accepted once."""

from datetime import timedelta
from functools import partial

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden
from core.models import Event, Job
from core.tests.concurrency import together
from users.models import Consent, CustomUser, Invitation, Membership
from users.services.invitations import (
    A_DAY,
    LETTERS_AT_MOST,
    Accepted,
    accept_invitation,
    decline_invitation,
    digest_of,
    invitation_by,
    invite,
    resend_invitation,
    revoke_invitation,
)
from users.services.newcomers import come_in
from users.tests.factories import (
    PASSWORD,
    InvitationFactory,
    MembershipFactory,
    OrganizationFactory,
    TeamFactory,
    UserFactory,
    make_actor,
)
from users.tests.mailbox import deliver, link_in

pytestmark = pytest.mark.django_db
# Of one POST, whatever the address: the session, the rights, the checks, the rows and the event.
INVITING = 14
SECRET = "letters-and-digits"


def an_invitation(secret=SECRET, **fields):
    return InvitationFactory(secret=secret, **fields)


def told():
    return list(Event.objects.filter(kind__startswith="invitation.").values_list("kind", flat=True))


def link(secret=SECRET):
    return reverse("invitation", args=[secret])


def newcomer(**changed):
    return {"full_name": "Анна Новая", "password": PASSWORD, "consent": "on"} | changed


# --- from the inviter's side ------------------------------------------------------------------
def test_an_owner_invites_and_the_letters_link_leads_in():
    owner = make_actor(role=Role.OWNER)
    team = TeamFactory(organization=owner.organization)
    made = invite(owner, email=" New@Example.com ", role=Role.MANAGER, team=team)
    assert (made.email, made.role, made.team, made.sent_at) == (
        "new@example.com",
        Role.MANAGER,
        team,
        None,
    )
    (letter,) = deliver()
    assert letter.to == ["new@example.com"]
    assert owner.organization.name in letter.body
    secret = link_in(letter, "invitations").rstrip("/").rpartition("/")[2]
    made.refresh_from_db()
    assert (made.token_digest, made.sent_count) == (digest_of(secret), 1)
    # The secret is nowhere but in the letter.
    assert secret not in str(list(Job.objects.values()))
    assert secret not in str(list(Event.objects.values()))
    assert "new@example.com" not in str(list(Event.objects.values()))
    assert told() == ["invitation.sent"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.MANAGER])
def test_below_owner_nobody_invites_resends_or_revokes(role):
    actor = make_actor(role=role)
    waiting = an_invitation(organization=actor.organization)
    for act in (
        lambda: invite(actor, email="a@example.com", role=Role.VIEWER),
        lambda: resend_invitation(actor, waiting),
        lambda: revoke_invitation(actor, waiting),
    ):
        with pytest.raises(Forbidden):
            act()
    assert Invitation.objects.get() == waiting


def test_nobody_is_invited_to_a_private_persons_organization():
    with pytest.raises(Forbidden):
        invite(make_actor(OrganizationKind.PERSON, Role.OWNER), email="a@b.ru", role=Role.VIEWER)


def test_a_team_of_another_organization_is_refused():
    owner = make_actor(role=Role.OWNER)
    with pytest.raises(DomainError) as refused:
        invite(owner, email="a@example.com", role=Role.VIEWER, team=TeamFactory())
    assert refused.value.field == "team"


def test_an_address_is_invited_once_at_a_time_and_again_when_it_is_over():
    owner = make_actor(role=Role.OWNER)
    invite(owner, email="a@example.com", role=Role.VIEWER)
    with pytest.raises(DomainError) as refused:
        invite(owner, email="A@example.com", role=Role.VIEWER)
    assert refused.value.field == "email"
    # Another organization knows nothing of that.
    invite(make_actor(role=Role.OWNER), email="a@example.com", role=Role.VIEWER)
    with clock.set_to(clock.now() + timedelta(days=8)):
        again = invite(owner, email="a@example.com", role=Role.MEMBER)
    assert Invitation.objects.filter(open_key=again.open_key).get() == again


def test_a_member_is_not_invited_and_a_past_one_is():
    owner = make_actor(role=Role.OWNER)
    member = MembershipFactory(organization=owner.organization)
    with pytest.raises(DomainError):
        invite(owner, email=member.user.email, role=Role.VIEWER)
    Membership.objects.filter(pk=member.pk).update(is_active=False)
    assert invite(owner, email=member.user.email, role=Role.VIEWER).pk


def test_so_many_invitations_are_enough_for_a_day():
    owner = make_actor(role=Role.OWNER)
    InvitationFactory.create_batch(A_DAY, organization=owner.organization)
    with pytest.raises(DomainError):
        invite(owner, email="one-more@example.com", role=Role.VIEWER)
    with clock.set_to(clock.now() + timedelta(days=2)):
        assert invite(owner, email="one-more@example.com", role=Role.VIEWER).pk


def test_sent_again_the_old_link_is_dead_and_the_term_new():
    owner = make_actor(role=Role.OWNER)
    waiting = an_invitation("old", organization=owner.organization)
    with clock.set_to(clock.now() + timedelta(days=6)):
        resend_invitation(owner, waiting)
        (letter,) = deliver()
    secret = link_in(letter, "invitations").rstrip("/").rpartition("/")[2]
    assert invitation_by("old") is None
    found = invitation_by(secret)
    assert found == waiting
    assert found.sent_count == 2
    assert found.expires_at > waiting.expires_at


def test_letters_are_not_sent_in_a_row_and_not_for_ever():
    owner = make_actor(role=Role.OWNER)
    waiting = an_invitation(organization=owner.organization, sent_at=clock.now())
    with pytest.raises(DomainError):
        resend_invitation(owner, waiting)
    Invitation.objects.update(sent_at=clock.now() - timedelta(hours=1), sent_count=LETTERS_AT_MOST)
    with pytest.raises(DomainError):
        resend_invitation(owner, waiting)
    assert Job.objects.count() == 0


def test_no_letter_goes_out_for_what_was_revoked_meanwhile():
    owner = make_actor(role=Role.OWNER)
    waiting = invite(owner, email="a@example.com", role=Role.VIEWER)
    revoke_invitation(owner, waiting)
    revoke_invitation(owner, waiting)
    assert deliver() == []
    assert told() == ["invitation.sent", "invitation.revoked"]
    with pytest.raises(Conflict):
        resend_invitation(owner, waiting)


@pytest.mark.parametrize("kind", ["unknown", "known", "inactive"])
def test_the_inviter_is_told_the_same_of_every_address(sign_in, kind, django_assert_num_queries):
    owner = make_actor(role=Role.OWNER)
    email = "somebody@example.com"
    if kind != "unknown":
        UserFactory(email=email, is_active=kind == "known")
    browser = sign_in(owner)
    browser.get(reverse("invitation_new"))
    with django_assert_num_queries(INVITING):
        response = browser.post(
            reverse("invitation_new"), {"email": email, "role": Role.MEMBER, "team": ""}
        )
    assert response.url == reverse("member_list")
    page = browser.get(response.url).content.decode()
    assert page.count(email) == 2  # the message and the row
    assert Event.objects.get().kind == "invitation.sent"


# --- from the invited person's side -----------------------------------------------------------
def test_somebody_without_an_account_comes_in_confirmed(client):
    waiting = an_invitation(role=Role.MANAGER, team=None)
    assert client.get(link()).status_code == 200
    response = client.post(link(), newcomer())
    assert response.url == reverse("home")
    user = CustomUser.objects.get(email=waiting.email)
    assert (user.full_name, user.check_password(PASSWORD)) == ("Анна Новая", True)
    assert EmailAddress.objects.get(user=user).verified
    assert Consent.objects.filter(user=user).exists()
    membership = Membership.objects.get(user=user)
    assert (membership.organization, membership.role) == (waiting.organization, Role.MANAGER)
    actor = client.get(reverse("home")).wsgi_request.actor
    assert (actor.user, actor.organization) == (user, waiting.organization)
    assert told() == ["invitation.accepted"]


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"full_name": ""}, "full_name"),
        ({"password": "1234567890"}, "password"),
        ({"password": "short"}, "password"),
        ({"consent": ""}, "consent"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(client, changed, wrong):
    an_invitation()
    response = client.post(link(), newcomer(**changed))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [wrong]
    if wrong != "full_name":
        assert "Анна Новая" in response.content.decode()
    assert not CustomUser.objects.exists()


def test_nothing_but_the_forms_fields_can_be_set(client):
    waiting = an_invitation(role=Role.VIEWER)
    client.post(
        link(),
        newcomer(role="OWNER", is_staff="1", email="other@example.com", is_superuser="on"),
    )
    user = CustomUser.objects.get()
    assert (user.email, user.is_staff, user.is_superuser) == (waiting.email, False, False)
    assert Membership.objects.get().role == Role.VIEWER


def test_who_has_an_account_signs_in_comes_back_and_accepts(client):
    user = UserFactory(email="known@example.com")
    user.set_password(PASSWORD)
    user.save()
    waiting = an_invitation(email=user.email)
    page = client.get(link()).content.decode()
    assert f"{reverse('account_login')}?next={link()}" in page
    signed = client.post(
        reverse("account_login"), {"login": user.email, "password": PASSWORD, "next": link()}
    )
    assert signed.url == link()
    assert client.get(link()).status_code == 200
    assert client.post(link(), {"answer": "accept"}).url == reverse("home")
    assert Membership.objects.get(user=user).organization == waiting.organization
    # A new account cannot be made over theirs.
    assert CustomUser.objects.count() == 1


def test_an_account_cannot_be_taken_over_by_an_invitation(client):
    user = UserFactory(email="known@example.com")
    an_invitation(email=user.email)
    before = user.password
    assert client.post(link(), newcomer()).status_code == 422
    user.refresh_from_db()
    assert user.password == before
    assert not Membership.objects.exists()
    with pytest.raises(Conflict):
        come_in(SECRET, full_name="X", password=PASSWORD, language="ru")


def test_an_account_that_a_stranger_began_with_the_address_becomes_its_owners(client):
    begun = UserFactory(email="victim@example.com", confirmed=False)
    begun.set_password("strangers-password")
    begun.save()
    an_invitation(email=begun.email)
    client.post(link(), newcomer())
    begun.refresh_from_db()
    assert begun.check_password(PASSWORD)
    assert not begun.check_password("strangers-password")
    assert EmailAddress.objects.get(user=begun).verified


def test_an_account_that_is_switched_off_is_told_so(client):
    user = UserFactory(email="off@example.com", is_active=False)
    an_invitation(email=user.email)
    response = client.get(link())
    assert (response.status_code, response.context["way"]) == (200, "inactive")
    assert client.post(link(), newcomer()).status_code == 422
    assert not Membership.objects.exists()


def test_who_is_signed_in_as_somebody_else_is_offered_to_sign_out(sign_in):
    other = make_actor()
    an_invitation()
    browser = sign_in(other)
    response = browser.get(link())
    assert (response.status_code, response.context["way"]) == (200, "foreign")
    assert reverse("account_logout") in response.content.decode()
    assert browser.post(link(), {"answer": "accept"}).status_code == 422
    assert (
        not Membership.objects.filter(user=other.user)
        .exclude(organization=other.organization)
        .exists()
    )
    with pytest.raises(Forbidden):
        accept_invitation(other.user, SECRET)
    out = browser.post(reverse("account_logout"), {"next": link()})
    assert out.url == link()


@pytest.mark.parametrize(
    ("state", "changed"),
    [
        ("accepted", {"accepted_at": clock.now(), "open_key": None}),
        ("declined", {"declined_at": clock.now(), "open_key": None}),
        ("revoked", {"revoked_at": clock.now(), "open_key": None}),
        ("expired", {"expires_at": clock.now() - timedelta(days=1)}),
    ],
)
def test_a_link_that_is_over_says_what_to_do_and_opens_nothing(client, state, changed):
    waiting = an_invitation(**changed)
    user = UserFactory(email=waiting.email)
    for response in (client.get(link()), client.post(link(), newcomer())):
        assert (response.status_code, response.context["way"]) == (410, state)
        assert waiting.organization.name not in response.content.decode()
    with pytest.raises(Conflict):
        accept_invitation(user, SECRET)
    assert not Membership.objects.exists()


def test_a_forged_link_is_answered_in_words(client):
    response = client.get(link("forged"))
    assert (response.status_code, response.context["way"]) == (404, "unknown")


def test_an_organization_that_was_closed_takes_nobody(client):
    an_invitation(organization=OrganizationFactory(is_active=False))
    assert client.get(link()).context["way"] == "revoked"


def test_declining_makes_nobody_a_member_and_tells_the_inviter(sign_in):
    person = make_actor()
    waiting = an_invitation(email=person.user.email)
    browser = sign_in(person)
    assert browser.post(link(), {"answer": "decline"}).url == reverse("home")
    waiting.refresh_from_db()
    assert waiting.declined_at
    assert waiting.open_key is None
    decline_invitation(person.user, SECRET)
    assert told() == ["invitation.declined"]


def test_one_person_is_invited_into_several_organizations(sign_in):
    person = make_actor()
    first = an_invitation("one", email=person.user.email)
    second = an_invitation("two", email=person.user.email)
    browser = sign_in(person)
    browser.post(link("one"), {"answer": "accept"})
    browser.post(link("two"), {"answer": "accept"})
    organizations = set(
        Membership.objects.filter(user=person.user).values_list("organization", flat=True)
    )
    assert organizations == {
        person.organization.pk,
        first.organization_id,
        second.organization_id,
    }
    # The page opens for the organization joined last.
    assert browser.get(reverse("home")).wsgi_request.actor.organization == second.organization


def test_accepting_keeps_the_higher_of_two_roles():
    manager = MembershipFactory(role=Role.MANAGER)
    for secret, role, expected in (
        ("low", Role.VIEWER, Role.MANAGER),
        ("high", Role.OWNER, Role.OWNER),
    ):
        an_invitation(
            secret, organization=manager.organization, email=manager.user.email, role=role
        )
        assert not accept_invitation(manager.user, secret).is_new
        manager.refresh_from_db()
        assert manager.role == expected


def test_the_inviter_is_told_of_the_answer():
    owner = make_actor(role=Role.OWNER)
    make_actor(role=Role.OWNER, organization=owner.organization)
    user = UserFactory()
    an_invitation(organization=owner.organization, email=user.email, invited_by=owner.user)
    accept_invitation(user, SECRET)
    from users.notifications import told_of_invitation

    event = Event.objects.get(kind="invitation.accepted")
    assert told_of_invitation(event, "OWNER", owner.organization) == {owner.user.pk}


@pytest.mark.django_db(transaction=True)
def test_accepted_twice_at_once_it_is_one_membership():
    user = UserFactory()
    an_invitation(email=user.email)
    outcomes = together([partial(accept_invitation, user, SECRET)] * 8)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes), outcomes
    assert Membership.objects.filter(user=user).count() == 1
    assert told() == ["invitation.accepted"]


@pytest.mark.django_db(transaction=True)
def test_two_newcomers_by_one_link_are_one_account():
    waiting = an_invitation()
    outcomes = together(
        [partial(come_in, SECRET, full_name="A", password=PASSWORD, language="ru")] * 4
    )
    made = [outcome for outcome in outcomes if isinstance(outcome, Accepted)]
    assert len(made) == 1
    assert all(isinstance(outcome, Accepted | Conflict) for outcome in outcomes), outcomes
    assert CustomUser.objects.filter(email=waiting.email).count() == 1
    assert Membership.objects.count() == 1


def test_a_letter_is_written_anew_after_a_crash_and_its_link_works(monkeypatch):
    owner = make_actor(role=Role.OWNER)
    invite(owner, email="a@example.com", role=Role.VIEWER)
    from users import organization_letters

    waiting = Invitation.objects.get()
    organization_letters.send_invitation(waiting.pk)
    organization_letters.send_invitation(waiting.pk)
    first, second = (link_in(letter, "invitations") for letter in mail.outbox)
    browser = Browser()
    assert browser.get(first).status_code == 404
    assert browser.get(second).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_accepted_and_declined_and_revoked_at_once_one_of_them_holds():
    owner = make_actor(role=Role.OWNER)
    user = UserFactory()
    waiting = an_invitation(organization=owner.organization, email=user.email)
    outcomes = together(
        [
            partial(accept_invitation, user, SECRET),
            partial(decline_invitation, user, SECRET),
            partial(revoke_invitation, owner, waiting),
        ]
    )
    assert [type(outcome) for outcome in outcomes].count(Conflict) == 2, outcomes
    assert len(told()) == 1
