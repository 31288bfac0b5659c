"""What the machine that watches this one is told."""

import pytest
from django.core.cache import caches
from django.db import DatabaseError, connection

from pages.selectors import readiness


def test_alive_is_answered_without_the_database(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}
    assert not answer.cookies


@pytest.mark.django_db
def test_alive_is_answered_to_a_session_without_asking_whose_it_is(
    admin_client, django_assert_num_queries
):
    with django_assert_num_queries(0):
        assert admin_client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_ready_when_everything_works(client, monkeypatch):
    monkeypatch.setitem(readiness.CHECKS, "worker", lambda: True)
    answer = client.get("/readyz")
    assert answer.json() == {"status": "ok"}
    assert answer.status_code == 200
    assert "no-cache" in answer["Cache-Control"]


@pytest.mark.django_db
def test_what_fails_is_named_and_its_secrets_are_not(client, monkeypatch):
    def unreachable():
        raise DatabaseError("password=hunter2 host=10.0.0.5")

    monkeypatch.setitem(readiness.CHECKS, "database", unreachable)
    monkeypatch.setitem(readiness.CHECKS, "cache", lambda: False)
    monkeypatch.setitem(readiness.CHECKS, "worker", lambda: True)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "failing", "failing": ["database", "cache"]}
    assert b"hunter2" not in answer.content


@pytest.mark.django_db
def test_without_a_worker_nothing_is_ready(client):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["failing"] == ["worker"]


@pytest.mark.django_db
def test_a_migration_not_applied_is_seen():
    assert readiness.migrations_are_applied()
    caches["local"].clear()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'pages'")
    assert not readiness.migrations_are_applied()


def test_health_is_not_sent_to_https(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
