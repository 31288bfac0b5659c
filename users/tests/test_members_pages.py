"""The members' page, one member, leaving and handing over; teams."""

from functools import partial

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone

from core.choices import OrganizationKind, Role, StaffScope
from core.errors import Conflict, DomainError, Forbidden
from core.models import Event
from core.tests.concurrency import together
from users.models import AccountManagement, Membership, Team
from users.services.members import change_member, change_role, hand_over, remove_member
from users.services.teams import create_team, remove_team, rename_team
from users.tests.factories import (
    InvitationFactory,
    MembershipFactory,
    TeamFactory,
    UserFactory,
    make_actor,
    make_staff,
)

pytestmark = pytest.mark.django_db

MEMBERS = reverse("member_list")


def membership_of(actor):
    return Membership.objects.get(user=actor.user, organization=actor.organization)


def active_roles(organization):
    rows = Membership.objects.filter(organization=organization, is_active=True)
    return sorted(rows.values_list("role", flat=True))


def test_the_list_costs_the_same_for_one_member_and_for_three(
    sign_in, django_assert_max_num_queries
):
    owner = make_actor(role=Role.OWNER)
    browser = sign_in(owner)

    def cost():
        with django_assert_max_num_queries(30) as counted:
            assert browser.get(MEMBERS).status_code == 200
        return len(counted)

    InvitationFactory(organization=owner.organization, invited_by=owner.user)
    browser.get(MEMBERS)
    alone = cost()
    for _n in range(2):
        MembershipFactory(
            organization=owner.organization, team=TeamFactory(organization=owner.organization)
        )
        InvitationFactory(organization=owner.organization, invited_by=owner.user)
    assert cost() == alone


def test_managers_see_second_factors_and_viewers_do_not(sign_in):
    manager = make_actor(role=Role.MANAGER)
    with_factor = MembershipFactory(organization=manager.organization)
    Authenticator.objects.create(
        user=with_factor.user, type=Authenticator.Type.TOTP, data={"secret": "x"}
    )
    viewer = make_actor(role=Role.VIEWER, organization=manager.organization)
    rows = sign_in(manager).get(MEMBERS).context["page"].rows
    assert {row.membership.user_id: row.has_factor for row in rows} == {
        manager.user.pk: False,
        with_factor.user_id: True,
        viewer.user.pk: False,
    }
    page = sign_in(viewer).get(MEMBERS)
    assert not page.context["sees_safety"]
    assert 'data-label="Last seen"' not in page.content.decode()
    assert page.context["invitations"] == []


def test_last_seen_is_the_latest_of_what_is_known(sign_in):
    owner = make_actor(role=Role.OWNER)
    seen = timezone.now()
    Membership.objects.filter(user=owner.user).update(used_at=seen)
    owner.user.last_login = None
    owner.user.save()
    (row,) = sign_in(owner).get(MEMBERS).context["page"].rows
    assert row.seen_at >= seen


def test_members_are_found_by_name_and_mail_of_their_own_organization(sign_in):
    owner = make_actor(role=Role.OWNER)
    found = MembershipFactory(
        organization=owner.organization,
        user=UserFactory(full_name="Пётр Иванов", email="petr@example.com"),
    )
    MembershipFactory(user=UserFactory(full_name="Иванов Чужой"))
    browser = sign_in(owner)
    for text in ("иванов", "Петр", "PETR@"):
        rows = browser.get(MEMBERS, {"q": text}).context["page"].rows
        assert [row.membership for row in rows] == [found]
    assert browser.get(MEMBERS, {"q": "nobody"}).context["page"].rows == []


def test_a_past_member_and_a_stranger_are_404(sign_in):
    owner = make_actor(role=Role.OWNER)
    past = MembershipFactory(organization=owner.organization, is_active=False)
    browser = sign_in(owner)
    for user in (past.user, MembershipFactory().user):
        for name in ("member_edit", "member_remove", "member_hand_over"):
            url = reverse(name, args=[user.public_id])
            assert browser.post(url, {"role": "OWNER"}).status_code == 404


def test_an_owner_changes_role_and_team_and_it_holds_at_the_next_request(sign_in):
    owner = make_actor(role=Role.OWNER)
    other = make_actor(role=Role.VIEWER, organization=owner.organization)
    team = TeamFactory(organization=owner.organization)
    theirs = sign_in(other)
    url = reverse("member_edit", args=[other.user.public_id])
    assert theirs.get(url).status_code == 403
    response = sign_in(owner).post(url, {"role": "OWNER", "team": team.public_id})
    assert response.url == MEMBERS
    assert membership_of(other).team == team
    assert theirs.get(url).status_code == 200
    remove_member(owner, membership_of(other))
    assert theirs.get(MEMBERS).status_code == 404


@pytest.mark.parametrize("value", ["ADMIN", "", "owner", "OWNER\x00"])
def test_a_role_that_is_none_is_refused_beside_its_field(sign_in, value):
    owner = make_actor(role=Role.OWNER)
    other = MembershipFactory(organization=owner.organization, role=Role.VIEWER)
    url = reverse("member_edit", args=[other.user.public_id])
    response = sign_in(owner).post(url, {"role": value})
    assert response.status_code == 422
    assert "role" in response.context["form"].errors
    other.refresh_from_db()
    assert other.role == Role.VIEWER


def test_another_organizations_team_cannot_be_chosen(sign_in):
    owner = make_actor(role=Role.OWNER)
    foreign = TeamFactory()
    url = reverse("member_edit", args=[owner.user.public_id])
    response = sign_in(owner).post(url, {"role": "OWNER", "team": foreign.public_id})
    assert response.status_code == 422
    with pytest.raises(DomainError):
        change_member(owner, membership_of(owner), role=Role.OWNER, team=foreign)


def test_the_only_owner_neither_leaves_nor_steps_down(sign_in):
    owner = make_actor(role=Role.OWNER)
    make_actor(role=Role.MANAGER, organization=owner.organization)
    browser = sign_in(owner)
    assert browser.post(reverse("organization_leave")).url == MEMBERS
    url = reverse("member_edit", args=[owner.user.public_id])
    response = browser.post(url, {"role": "MANAGER", "team": ""})
    assert response.status_code == 422
    assert active_roles(owner.organization) == ["MANAGER", "OWNER"]


def test_anyone_else_leaves_and_loses_the_right_at_once(sign_in):
    owner = make_actor(role=Role.OWNER)
    viewer = make_actor(role=Role.VIEWER, organization=owner.organization)
    browser = sign_in(viewer)
    assert browser.post(reverse("organization_leave")).url == reverse("home")
    assert browser.get(MEMBERS).status_code == 404
    assert active_roles(owner.organization) == ["OWNER"]


def test_staff_acting_for_an_organization_do_not_leave_it(sign_in):
    organization = make_actor(role=Role.OWNER).organization
    kam = make_staff(StaffScope.ACCOUNT_MANAGER, organization)
    AccountManagement.objects.create(
        user=kam.user, organization=organization, created_at=timezone.now()
    )
    browser = sign_in(kam)
    session = browser.session
    session["organization"] = organization.public_id
    session.save()
    assert browser.get(MEMBERS).status_code == 200
    assert browser.post(reverse("organization_leave")).url == MEMBERS
    assert active_roles(organization) == ["OWNER"]


# --- handing over -----------------------------------------------------------------------------
def test_handing_over_makes_one_owner_and_the_other_a_manager(sign_in):
    owner = make_actor(role=Role.OWNER)
    heir = make_actor(role=Role.MEMBER, organization=owner.organization)
    url = reverse("member_hand_over", args=[heir.user.public_id])
    assert sign_in(owner).post(url).url == MEMBERS
    assert membership_of(heir).role == Role.OWNER
    assert membership_of(owner).role == Role.MANAGER
    assert list(Event.objects.values_list("kind", flat=True)) == ["membership.changed"] * 2
    with pytest.raises(Forbidden):
        hand_over(owner, membership_of(heir))


def test_nobody_hands_over_to_themselves_or_to_who_has_left():
    owner = make_actor(role=Role.OWNER)
    with pytest.raises(DomainError):
        hand_over(owner, membership_of(owner))
    gone = MembershipFactory(organization=owner.organization, is_active=False)
    with pytest.raises(Conflict):
        hand_over(owner, gone)
    assert membership_of(owner).role == Role.OWNER


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["remove", "step down", "leave", "hand over"])
def test_of_two_owners_acting_at_once_one_stays_owner(act):
    first = make_actor(role=Role.OWNER)
    second = make_actor(role=Role.OWNER, organization=first.organization)
    mine, theirs = membership_of(first), membership_of(second)
    acts = {
        "remove": [partial(remove_member, first, theirs), partial(remove_member, second, mine)],
        "step down": [
            partial(change_role, first, mine, Role.VIEWER),
            partial(change_role, second, theirs, Role.VIEWER),
        ],
        "leave": [partial(remove_member, first, mine), partial(remove_member, second, theirs)],
        "hand over": [partial(hand_over, first, theirs), partial(hand_over, second, mine)],
    }[act]
    outcomes = together(acts)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    # Handing over to each other ends with one owner too, with nobody refused.
    assert len(refused) == (0 if act == "hand over" else 1), outcomes
    assert all(isinstance(outcome, DomainError) for outcome in refused)
    assert active_roles(first.organization).count("OWNER") == 1


def test_who_is_an_owner_no_more_decides_nothing():
    owner = make_actor(role=Role.OWNER)
    make_actor(role=Role.OWNER, organization=owner.organization)
    third = MembershipFactory(organization=owner.organization)
    remove_member(owner, membership_of(owner))
    # An actor made before the removal, as in a request that was under way.
    with pytest.raises(Forbidden):
        remove_member(owner, third)


# --- teams ------------------------------------------------------------------------------------
def test_an_owner_keeps_teams(sign_in):
    owner = make_actor(role=Role.OWNER)
    browser = sign_in(owner)
    made = browser.post(reverse("team_new"), {"name": "  Север   Казани "})
    team = Team.objects.get()
    assert (team.name, made.url) == ("Север Казани", reverse("team_detail", args=[team.public_id]))
    assert browser.get(made.url).status_code == 200
    browser.post(reverse("team_edit", args=[team.public_id]), {"name": "Юг"})
    team.refresh_from_db()
    assert team.name == "Юг"
    assert browser.post(reverse("team_remove", args=[team.public_id])).url == reverse("team_list")
    assert not Team.objects.exists()
    kinds = list(Event.objects.values_list("kind", flat=True))
    assert kinds == ["team.created", "team.changed", "team.removed"]


def test_a_name_is_taken_once_in_an_organization(sign_in):
    owner = make_actor(role=Role.OWNER)
    team = TeamFactory(organization=owner.organization, name="Север")
    other = TeamFactory(organization=owner.organization)
    TeamFactory(name="Восток")
    browser = sign_in(owner)
    response = browser.post(reverse("team_new"), {"name": "Север"})
    assert response.status_code == 422
    assert "name" in response.context["form"].errors
    assert browser.post(reverse("team_new"), {"name": "Восток"}).status_code == 302
    with pytest.raises(DomainError):
        rename_team(owner, other, team.name)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.MANAGER])
def test_below_owner_teams_are_read_alone(sign_in, role):
    actor = make_actor(role=role)
    team = TeamFactory(organization=actor.organization)
    browser = sign_in(actor)
    assert browser.get(reverse("team_list")).status_code == 200
    assert browser.get(reverse("team_detail", args=[team.public_id])).status_code == 200
    for act in (
        lambda: create_team(actor, actor.organization, "A"),
        lambda: rename_team(actor, team, "A"),
        lambda: remove_team(actor, team),
    ):
        with pytest.raises(Forbidden):
            act()


def test_a_removed_team_leaves_its_members_but_not_of_a_company():
    owner = make_actor(role=Role.OWNER)
    team = TeamFactory(organization=owner.organization)
    member = MembershipFactory(organization=owner.organization, team=team)
    remove_team(owner, team)
    member.refresh_from_db()
    assert (member.team, member.is_active) == (None, True)
    boss = make_actor(OrganizationKind.COMPANY, Role.OWNER)
    narrow = TeamFactory(organization=boss.organization)
    MembershipFactory(organization=boss.organization, team=narrow, role=Role.MEMBER)
    with pytest.raises(DomainError):
        remove_team(boss, narrow)
    assert Team.objects.filter(pk=narrow.pk).exists()


def test_the_teams_page_costs_the_same_for_one_team_and_for_three(
    sign_in, django_assert_max_num_queries
):
    owner = make_actor(role=Role.OWNER)
    TeamFactory(organization=owner.organization)
    browser = sign_in(owner)
    browser.get(reverse("team_list"))

    def cost():
        with django_assert_max_num_queries(30) as counted:
            assert browser.get(reverse("team_list")).status_code == 200
        return len(counted)

    alone = cost()
    for _n in range(2):
        team = TeamFactory(organization=owner.organization)
        MembershipFactory(organization=owner.organization, team=team)
    assert cost() == alone
