"""Long work: begun, gone on with, ended, and seen by its starter alone."""

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from core import operations
from core.errors import DomainError
from core.models import Job, Operation
from core.operations import save_result, start_operation
from core.tests.later import wait_until
from users.tests.factories import make_actor


@pytest.fixture
def kind(monkeypatch):
    """A function that declares what the work "test.work" does, for one test."""
    monkeypatch.setattr(operations, "_KINDS", dict(operations._KINDS))

    def declare(function):
        operations.operation("test.work", "Work of a test")(function)

    return declare


@pytest.fixture
def actor(db):
    return make_actor()


def test_work_runs_later_and_keeps_what_it_made(actor, kind, run_jobs, sign_in):
    def work(operation, progress):
        for number in range(3):
            progress(number + 1, 3)
        operation.summary = {"facts": [["Lines", 3]]}
        save_result(operation, "lines.csv", operation.source.read().upper())

    kind(work)
    row = start_operation(actor, "test.work", source=ContentFile(b"a;b"))
    browser = sign_in(actor)
    page = reverse("operation_detail", args=[row.public_id])
    watched = reverse("operation_progress", args=[row.public_id])
    assert watched in browser.get(page).content.decode()
    assert "X-Poll" not in browser.get(watched)

    run_jobs()

    row.refresh_from_db()
    assert (row.state, row.done, row.total) == (Operation.State.DONE, 3, 3)
    assert watched not in browser.get(page).content.decode()
    assert browser.get(watched)["X-Poll"] == "end"
    answer = browser.get(reverse("operation_result", args=[row.public_id]))
    assert b"".join(answer.streaming_content) == b"A;B"
    assert "lines.csv" in answer["Content-Disposition"]


def test_a_refusal_ends_it_with_its_words(actor, kind, run_jobs):
    def work(operation, progress):
        raise DomainError("Line 3 is not a line.")

    kind(work)
    row = start_operation(actor, "test.work")
    run_jobs()
    row.refresh_from_db()
    assert (row.state, row.error) == (Operation.State.FAILED, "Line 3 is not a line.")


def test_it_goes_on_where_it_stood(actor, kind, run_jobs):
    seen = []

    def work(operation, progress):
        start = operation.data.get("line", 0)
        seen.append(start)
        operation.data["line"] = start + 10
        progress(start + 10, 20)
        if start == 0:
            raise OSError("the worker was killed")

    kind(work)
    row = start_operation(actor, "test.work", {"line": 0})
    run_jobs()
    run_jobs(later=True)
    row.refresh_from_db()
    assert seen == [0, 10]
    assert row.state == Operation.State.DONE


def test_after_the_last_attempt_the_starter_is_told(actor, kind, run_jobs):
    def work(operation, progress):
        raise OSError("no disk")

    kind(work)
    row = start_operation(actor, "test.work")
    for _attempt in range(operations.RETRIES + 1):
        run_jobs(later=True)
    row.refresh_from_db()
    assert row.state == Operation.State.FAILED
    assert row.error
    assert "no disk" not in row.error


def lose_every_worker(row):
    """As if a worker was killed in the middle of every attempt of the operation `row`."""
    Operation.objects.filter(pk=row.pk).update(state=Operation.State.RUNNING)
    Job.objects.filter(task="core.operations.run_operation").update(
        state=Job.State.RUNNING,
        attempts=operations.RETRIES + 1,
        worker="killed",
        due_at="2020-01-01T00:00Z",
    )


def test_work_whose_worker_is_killed_at_every_attempt_fails_in_plain_words(actor, kind, run_jobs):
    kind(lambda operation, progress: None)
    actor.user.language = "ru"
    actor.user.save()
    row = start_operation(actor, "test.work")
    lose_every_worker(row)
    run_jobs()
    row.refresh_from_db()
    assert row.state == Operation.State.FAILED
    assert row.error.startswith("Что-то сломалось на нашей стороне")
    assert row.finished_at is not None
    assert Job.objects.get().state == Job.State.FAILED


def test_work_that_ended_before_its_worker_was_killed_stays_done(actor, kind, run_jobs):
    kind(lambda operation, progress: None)
    row = start_operation(actor, "test.work")
    lose_every_worker(row)
    Operation.objects.update(state=Operation.State.DONE)
    run_jobs()
    row.refresh_from_db()
    assert (row.state, row.error) == (Operation.State.DONE, "")


def test_a_worker_process_ends_what_others_were_killed_by(start_worker):
    actor = make_actor()
    row = operations.prepare_operation(actor, "clients.import")
    operations.begin_operation(row)
    lose_every_worker(row)
    start_worker("--queues=long", JOB_LEASE_SECONDS="2")
    wait_until(lambda: Operation.objects.get(pk=row.pk).state == Operation.State.FAILED)
    assert Operation.objects.get(pk=row.pk).error


def test_nobody_else_sees_it(actor, kind, sign_in):
    kind(lambda operation, progress: None)
    row = start_operation(actor, "test.work")
    colleague = make_actor(organization=actor.organization)
    for name in ("operation_detail", "operation_progress", "operation_result"):
        url = reverse(name, args=[row.public_id])
        assert sign_in(colleague).get(url).status_code == 404
        assert sign_in(make_actor()).get(url).status_code == 404


def test_what_has_expired_goes_with_its_files(actor, kind, run_jobs):
    kind(lambda operation, progress: save_result(operation, "a.txt", b"a"))
    row = start_operation(actor, "test.work", source=ContentFile(b"b"))
    run_jobs()
    row.refresh_from_db()
    storage, names = row.result.storage, [row.result.name, row.source.name]
    assert all(storage.exists(name) for name in names)
    Operation.objects.update(expires_at="2020-01-01T00:00Z")
    operations.remove_expired_operations.call()
    assert not Operation.objects.exists()
    assert not any(storage.exists(name) for name in names)
