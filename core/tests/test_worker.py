"""The worker as a process: killed, stopped, idle, many at once."""

import os
import signal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from core.management.commands.worker import queue_sets
from core.models import Job, Tally, Worker
from core.tests import sample_jobs
from core.tests.later import wait_until
from users.tests.factories import OrganizationFactory

LEASE = {"JOB_LEASE_SECONDS": "2"}


def test_a_killed_workers_job_is_taken_up_and_has_its_effect_once(start_worker, tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    organization = OrganizationFactory()
    job = Job.objects.filter(pk=sample_jobs.count_once.enqueue(str(folder), organization.pk).id)
    first = start_worker("--queues=default", **LEASE)
    wait_until(lambda: list(folder.iterdir()))
    first.send_signal(signal.SIGKILL)
    first.wait()

    start_worker("--queues=default", **LEASE)
    wait_until(lambda: job.get().state == "SUCCESSFUL")
    assert len(list(folder.iterdir())) == 2
    assert job.get().attempts == 2
    assert [tally.amount for tally in Tally.objects.filter(figure="once")] == [1]


def test_a_job_that_kills_its_worker_is_given_up_and_others_go_on(start_worker, tmp_path):
    deadly = sample_jobs.kill_own_worker.enqueue(str(tmp_path))
    start_worker("--queues=default", "--processes=2", **LEASE)
    wait_until(lambda: Job.objects.get(pk=deadly.id).state == "FAILED")
    assert len(list(tmp_path.glob("killed-*"))) == 2
    done = sample_jobs.add_up.enqueue(1)
    wait_until(lambda: Job.objects.get(pk=done.id).state == "SUCCESSFUL")


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_stopped_worker_finishes_its_job_and_takes_no_other(start_worker, tmp_path, processes):
    sample_jobs.sleep_then_mark.enqueue(1.5, str(tmp_path / "done"))
    worker = start_worker("--queues=default", f"--processes={processes}")
    wait_until(lambda: (tmp_path / "done.begun").exists())
    worker.send_signal(signal.SIGTERM)
    left = sample_jobs.add_up.enqueue(1)
    assert worker.wait(timeout=20) == 0
    assert (tmp_path / "done").exists()
    # The other of two processes may have taken it in the moment before it was told.
    assert Job.objects.get(pk=left.id).state in {"READY", "SUCCESSFUL"}
    assert not Job.objects.filter(state="RUNNING").exists()
    assert not Worker.objects.exists()


def test_processes_whose_supervisor_was_killed_end_by_themselves(start_worker):
    worker = start_worker("--queues=default,long")
    wait_until(lambda: Worker.objects.count() == 2)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    wait_until(lambda: not Worker.objects.exists())


def test_a_slow_job_of_one_queue_delays_no_other_queue(start_worker, tmp_path):
    slow, quick = tmp_path / "slow", tmp_path / "quick"
    sample_jobs.sleep_then_mark.using(queue_name="outgoing").enqueue(600, str(slow))
    start_worker()
    wait_until((tmp_path / "slow.begun").exists)
    sample_jobs.mark.enqueue(str(quick))
    wait_until(quick.exists)
    assert not slow.exists()


def test_an_idle_worker_costs_little(start_worker):
    worker = start_worker("--queues=default")
    wait_until(lambda: Worker.objects.exists())
    begin = _cpu_seconds(worker.pid)
    with pytest.raises(AssertionError):
        wait_until(lambda: False, seconds=4)
    assert _cpu_seconds(worker.pid) - begin < 0.4


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.django_db
def test_drain_runs_what_is_due_and_ends(capsys):
    sample_jobs.add_up.enqueue(1)
    sample_jobs.add_up.using(queue_name="long").enqueue(1)
    call_command("worker", "--drain")
    assert capsys.readouterr().out == "2 jobs run.\n"


def test_queues_are_grouped_as_asked():
    assert queue_sets("default, outgoing+long") == [("default",), ("outgoing", "long")]


@pytest.mark.parametrize("text", ["", "nonsense", "default+nonsense"])
def test_unknown_queues_are_refused(text):
    with pytest.raises(CommandError):
        queue_sets(text)
