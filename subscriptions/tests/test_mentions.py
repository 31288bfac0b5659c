"""Colleagues named in notes are told; nobody else is named or can be."""

import pytest

from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.models import Notification
from locations.tests.factories import BuildingFactory
from subscriptions.models import NoteMention, RequestNote, TeamPlace
from subscriptions.services.requests import add_note
from subscriptions.services.requests.mentions import colleagues_of, read_mentions
from subscriptions.tests.factories import request_in
from subscriptions.tests.sides import text, url
from users.models import Membership
from users.tests.factories import TeamFactory, make_actor

pytestmark = pytest.mark.django_db


def named(sides, name, role=Role.MEMBER):
    colleague = make_actor(OrganizationKind.AGENCY, role, organization=sides.agent.organization)
    colleague.user.full_name = name
    colleague.user.save()
    return colleague


@pytest.fixture
def anna(sides):
    return named(sides, "Анна Семёнова")


@pytest.mark.parametrize(
    "typed",
    [
        "@Анна Семёнова, позвоните",
        "Прошу @анна семенова",
        "(@Анна) зайдите",
        "@Семёнова.",
        "строка\n@Анна Семёнова",
    ],
)
def test_a_name_is_kept_as_an_id_however_it_is_typed(sides, anna, typed):
    found = read_mentions(sides.agent, sides.request(), typed)
    assert found.user_ids == [anna.user_id]
    assert f"@[{anna.user.public_id}]" in found.text
    assert "анна" not in found.text.lower()


@pytest.mark.parametrize(
    "typed", ["anna@example.com", "в 5 @ 7", "@", "цена 5@", "без имён", "a.b@c"]
)
def test_what_is_no_mention_stays_as_it_is(sides, anna, typed):
    found = read_mentions(sides.agent, sides.request(), typed)
    assert (found.text, found.user_ids) == (typed, [])


def test_a_forged_id_names_nobody(sides, anna):
    found = read_mentions(sides.agent, sides.request(), f"@[{anna.user.public_id}] x")
    assert found.user_ids == []
    assert f"@[{anna.user.public_id}]" not in found.text


def test_an_unknown_name_is_said_beside_the_field_and_nothing_is_lost(sides, anna, sign_in):
    request = sides.request()
    response = sign_in(sides.agent).post(url(request, "notes/"), {"text": "Спросите @Бориса"})
    assert response.status_code == 422
    content = text(response)
    assert "@Бориса" in response.context["note_form"].errors["text"][0]
    assert ">Спросите @Бориса</textarea>" in content
    assert not RequestNote.objects.exists()


def test_two_of_one_name_are_told_apart_by_mail(sides, anna):
    other = named(sides, "Анна Семенова")
    request = sides.request()
    with pytest.raises(DomainError):
        read_mentions(sides.agent, request, "@Анна Семёнова")
    typed = f"@Анна Семенова ({other.user.email}) и @{anna.user.email}"
    assert read_mentions(sides.agent, request, typed).user_ids == [other.user_id, anna.user_id]
    labels = {one.label for one in colleagues_of(sides.agent, request)}
    assert f"Анна Семёнова ({anna.user.email})" in labels


def test_the_person_is_told_once_in_the_bell_and_by_mail(sides, anna, run_jobs, mailoutbox):
    request = sides.request()
    run_jobs()
    mailoutbox.clear()
    Notification.objects.all().delete()
    add_note(sides.agent, request, "@Анна, проверьте. @Анна Семёнова!")
    run_jobs()
    (told,) = Notification.objects.filter(user=anna.user)
    assert told.event.kind == "note.mentioned"
    assert [mail.to for mail in mailoutbox].count([anna.user.email]) == 1
    # The other side hears of the note as ever.
    assert Notification.objects.filter(user=sides.operator.user, event__kind="note.added").exists()
    assert NoteMention.objects.count() == 1


def test_a_mention_in_an_internal_note_tells_once_also_who_filed(sides, run_jobs):
    colleague = named(sides, "Борис")
    request = sides.request()
    run_jobs()
    Notification.objects.all().delete()
    sides.agent.user.full_name = "Вера"
    sides.agent.user.save()
    add_note(colleague, request, "@Вера, это к вам", internal=True)
    run_jobs()
    (told,) = Notification.objects.all()
    assert (told.user, told.event.kind) == (sides.agent.user, "note.mentioned")


def test_who_names_themselves_is_not_told(sides, anna, run_jobs):
    request = sides.request()
    run_jobs()
    Notification.objects.all().delete()
    add_note(anna, request, "@Анна сделаю", internal=True)
    run_jobs()
    assert not Notification.objects.filter(user=anna.user).exists()


def test_the_other_side_reads_whose_colleague_it_is_and_not_the_name(sides, anna, sign_in):
    request = sides.request()
    add_note(sides.agent, request, "@Анна Семёнова решит")
    theirs = text(sign_in(sides.operator).get(url(request)))
    assert "Семёнова" not in theirs
    assert anna.user.public_id not in theirs
    assert f"@{sides.agent.organization.name} решит" in theirs
    assert "@Анна Семёнова решит" in text(sign_in(sides.agent).get(url(request)))


def test_suggestions_are_of_colleagues_alone(sides, anna, sign_in):
    request = sides.request()
    sides.operator.user.full_name = "Анна Чужая"
    sides.operator.user.save()
    viewer = named(sides, "Анна Зритель", Role.VIEWER)
    gone = named(sides, "Анна Ушла")
    Membership.objects.filter(user=gone.user).update(is_active=False)
    content = text(sign_in(sides.agent).get(url(request, "colleagues/"), {"q": "анна с"}))
    assert 'data-value="Анна Семёнова"' in content
    content = text(sign_in(sides.agent).get(url(request, "colleagues/"), {"q": "анна"}))
    for other in (sides.operator, viewer, gone):
        assert other.user.full_name not in content
    assert sign_in(sides.holder).get(url(request, "colleagues/")).status_code == 403
    stranger = make_actor(OrganizationKind.AGENCY)
    assert sign_in(stranger).get(url(request, "colleagues/")).status_code == 404


def test_who_cannot_open_the_request_is_not_suggested():
    company = make_actor(OrganizationKind.COMPANY, Role.OWNER)
    request = request_in(
        "CHECKING", owner=company.organization, holder=company.organization, client=None
    )
    bound = make_actor(OrganizationKind.COMPANY, Role.MEMBER, organization=company.organization)
    team = TeamFactory(organization=company.organization)
    Membership.objects.filter(user=bound.user).update(team=team)
    assert bound.user_id in {one.user_id for one in colleagues_of(company, request)}
    TeamPlace.objects.create(team=team, building=BuildingFactory())
    assert bound.user_id not in {one.user_id for one in colleagues_of(company, request)}
