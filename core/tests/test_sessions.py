"""Sessions are read as Django reads its own."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore as Stock
from django.contrib.sessions.models import Session
from django.utils import timezone

from core.sessions import SessionStore

pytestmark = pytest.mark.django_db


def stored(store=Stock):
    session = store()
    session["basket"] = ["Ж", 1]
    session.save()
    return session.session_key


def test_a_session_is_read_whichever_store_has_written_it(django_assert_num_queries):
    key = stored()
    SessionStore(key).load()
    with django_assert_num_queries(1):
        assert dict(SessionStore(key).items()) == {"basket": ["Ж", 1]}
    assert dict(Stock(stored(SessionStore)).items()) == {"basket": ["Ж", 1]}


def test_an_expired_session_is_empty_and_gets_a_new_key():
    key = stored()
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    session = SessionStore(key)
    assert dict(session.items()) == {}
    assert session.session_key is None


@pytest.mark.parametrize("key", [None, "", "unknown-but-long-enough", "' OR 1=1 --"])
def test_an_unknown_key_is_an_empty_session(key):
    stored()
    assert dict(SessionStore(key).items()) == {}


def test_a_change_is_saved_and_a_deleted_session_is_gone():
    key = stored()
    session = SessionStore(key)
    session["more"] = True
    session.save()
    assert SessionStore(key)["more"] is True
    session.delete()
    assert dict(SessionStore(key).items()) == {}


def test_garbage_in_a_session_is_an_empty_session():
    key = stored()
    Session.objects.update(session_data="garbage")
    assert dict(SessionStore(key).items()) == {}
