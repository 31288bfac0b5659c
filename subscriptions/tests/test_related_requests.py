"""Related requests: each only as far as the reader may see it."""

import pytest

from core.choices import OrganizationKind
from core.errors import DomainError, Forbidden
from core.models import Event
from subscriptions.choices import RequestState
from subscriptions.models import RequestRelation
from subscriptions.selectors.related import related_to
from subscriptions.services.relations import link_request, unlink_request
from subscriptions.tests.factories import PlanFactory, request_in
from subscriptions.tests.sides import text, url
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db


def numbers(actor, request):
    return [line.request.number for group in related_to(actor, request) for line in group.rows]


def test_each_is_shown_once_to_who_may_see_it(sides):
    request = sides.request()
    same_unit = request_in(
        RequestState.CHECKING, unit=request.unit, plan=PlanFactory(provider=sides.plan.provider)
    )
    same_client = sides.request(client=request.client, plan=PlanFactory())
    draft = sides.request(RequestState.DRAFT, client=request.client, unit=request.unit)
    sides.request()
    assert set(numbers(sides.agent, request)) == {same_client.number, draft.number}
    assert numbers(sides.operator, request) == [same_unit.number]
    assert len(numbers(sides.agent, request)) == 2


def test_a_link_has_a_word_at_either_end_and_is_ones_own(sides, sign_in):
    first, second = sides.request(), sides.request()
    link_request(sides.agent, first, f" ec {second.number[3:]}", "BLOCKS")
    (there,) = related_to(sides.agent, first)[0].rows
    (back,) = related_to(sides.agent, second)[0].rows
    assert there.request.number == second.number
    assert there.word != back.word
    assert related_to(sides.operator, first) == []
    assert second.number in text(sign_in(sides.agent).get(url(first)))
    assert second.number not in text(sign_in(sides.operator).get(url(first)))
    link_request(sides.agent, first, second.number, "REPLACES")
    assert RequestRelation.objects.get().kind == "REPLACES"
    unlink_request(sides.operator, first, RequestRelation.objects.get().pk)
    assert RequestRelation.objects.exists()
    unlink_request(sides.agent, second, RequestRelation.objects.get().pk)
    assert not RequestRelation.objects.exists()
    assert Event.objects.filter(kind="request.unlinked").count() == 1


def test_one_cannot_link_what_one_may_not_see(sides):
    request = sides.request()
    foreign = request_in(RequestState.CHECKING)
    for number in (foreign.number, request.number, "EC-0000-0001", "", "' OR 1=1"):
        with pytest.raises(DomainError) as refused:
            link_request(sides.agent, request, number, "RELATED")
        assert refused.value.field == "number"
    with pytest.raises(DomainError):
        link_request(sides.agent, request, sides.request().number, "HATES")
    with pytest.raises(Forbidden):
        link_request(sides.holder, request, sides.request().number, "RELATED")


def test_the_page_and_its_part(sides, sign_in):
    first, second = sides.request(), sides.request()
    browser = sign_in(sides.agent)
    data = {"number": second.number, "kind": "RELATED"}
    answer = browser.post(url(first, "related/link/"), data)
    assert answer.url == url(first, "related/")
    assert second.number in text(browser.get(url(first, "related/")))
    part = browser.get(url(first, "related/"), HTTP_HX_REQUEST="true")
    assert "<html" not in text(part)
    wrong = browser.post(url(first, "related/link/"), data | {"number": "EC-1"})
    assert wrong.status_code == 422
    assert 'value="EC-1"' in text(wrong)
    stranger = sign_in(make_actor(OrganizationKind.AGENCY))
    assert stranger.get(url(first, "related/")).status_code == 404
    assert stranger.post(url(first, "related/link/"), data).status_code == 404
    pk = RequestRelation.objects.get().pk
    assert stranger.post(url(first, f"related/{pk}/unlink/")).status_code == 404
    gone = browser.post(url(first, f"related/{pk}/unlink/"), HTTP_HX_REQUEST="true")
    assert second.number not in text(gone)
