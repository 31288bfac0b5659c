"""Answers to polls: 304 exactly while nothing that is shown can have changed."""

from dataclasses import replace

import pytest
import time_machine
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone, translation

from core.choices import Role
from core.events.emit import beat
from core.models import FeedCounter, Pulse
from core.polling import not_modified, stamp, tag_of
from users.models import Organization
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db
NOON = "2026-11-23T12:00:00Z"


@pytest.fixture(autouse=True)
def still():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def actor(db):
    return make_actor()


def ask(actor, path="/requests/?state=NEW", tag=None):
    headers = {"If-None-Match": tag} if tag else {}
    request = RequestFactory().get(path, headers=headers)
    organization = Organization.objects.select_related("pulse").filter(pk=actor.organization_id)
    request.actor = replace(actor, organization=organization.first())
    return request


def test_what_was_stamped_is_not_sent_again(actor, django_assert_num_queries):
    tag = stamp(ask(actor), HttpResponse("rows"))["ETag"]
    request = ask(actor, tag=tag)
    with django_assert_num_queries(0):
        answer = not_modified(request)
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
    assert answer["Cache-Control"] == "private, no-store"


def test_a_first_poll_gets_the_content(actor):
    assert not_modified(ask(actor)) is None


def test_an_error_is_not_stamped(actor):
    assert "ETag" not in stamp(ask(actor), HttpResponse(status=400))


def test_a_proxy_may_list_several_tags(actor):
    tag = tag_of(ask(actor))
    assert not_modified(ask(actor, tag=f'"other", {tag}')) is not None
    assert not_modified(ask(actor, tag='"other", nonsense')) is None


def _other_organizations_event(actor):
    beat([make_actor().organization_id])


@pytest.mark.parametrize(
    ("change", "is_shown"),
    [
        (lambda actor: beat([actor.organization_id]), True),
        (_other_organizations_event, False),
    ],
)
def test_events_of_the_organization_are_seen_and_others_are_not(actor, change, is_shown):
    tag = tag_of(ask(actor))
    change(actor)
    assert (not_modified(ask(actor, tag=tag)) is None) == is_shown


def test_a_reader_role_language_zone_address_and_extras_each_have_their_own(actor):
    colleague = make_actor(organization=actor.organization)
    tags = [
        tag_of(ask(actor)),
        tag_of(ask(colleague)),
        tag_of(ask(replace(actor, role=Role.VIEWER))),
        tag_of(ask(actor, "/requests/?state=OLD")),
        tag_of(ask(actor), "extra"),
    ]
    with translation.override("en"):
        tags.append(tag_of(ask(actor)))
    with timezone.override("Asia/Vladivostok"):
        tags.append(tag_of(ask(actor)))
    assert len(set(tags)) == len(tags)


def test_an_answer_goes_stale_within_five_minutes(actor):
    tag = tag_of(ask(actor))
    with time_machine.travel("2026-11-23T12:05:00Z", tick=False):
        assert not_modified(ask(actor, tag=tag)) is None


def test_an_event_while_the_page_is_made_is_not_lost(actor):
    """The tag is of the moment before the view read anything."""
    request = ask(actor)
    assert not_modified(request) is None
    beat([actor.organization_id])
    tag = stamp(request, HttpResponse("old rows"))["ETag"]
    assert not_modified(ask(actor, tag=tag)) is None


def test_an_organization_without_a_pulse_is_polled_all_the_same(actor):
    Pulse.objects.all().delete()
    tag = tag_of(ask(actor))
    beat([actor.organization_id])
    assert not_modified(ask(actor, tag=tag)) is None


def test_staff_without_an_organization_see_every_event():
    staff = make_staff()
    tag = tag_of(ask(staff))
    FeedCounter.objects.update_or_create(pk=1, defaults={"last": 1})
    assert not_modified(ask(staff, tag=tag)) is None
