"""One worker process: takes jobs of its queues, one at a time, until it is told to stop.

Beside it a thread, the pacemaker, renews the lease of the running job, says that the process lives
and fires schedules: a job of an hour stops none of that.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Sequence
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.utils import timezone

from core.jobs import queue
from core.jobs.runner import run
from core.jobs.schedules import fire, schedules
from core.models import Job
from core.models import Worker as WorkerRow

log = structlog.get_logger("core.jobs")
# An idle process looks again after this long, each time longer, up to the second figure.
SHORTEST_NAP, LONGEST_NAP = 0.05, 1.0
LONGEST_BEAT_SECONDS = 5.0
DATABASE_ERRORS = (DatabaseError, InterfaceError)


class Worker:
    """Takes jobs of `queues` in turn. `stop()` may be called from a signal handler.

    With `supervisor`, a process id, it stops by itself when that process is gone: a worker that
    nobody can stop would outlive its release.
    """

    def __init__(self, queues: Sequence[str], supervisor: int | None = None) -> None:
        self.queues = list(queues)
        self.name = f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
        self.job: Job | None = None
        self._stopping = False
        self._supervisor = supervisor

    def stop(self) -> None:
        """Lets the running job finish and takes no other."""
        self._stopping = True

    @property
    def is_stopping(self) -> bool:
        return self._stopping or (self._supervisor is not None and os.getppid() != self._supervisor)

    def work(self) -> None:
        """Runs until stopped; outlives an absent database."""
        pacemaker = Pacemaker(self)
        pacemaker.start()
        try:
            self._loop()
        finally:
            pacemaker.stop()

    def _loop(self) -> None:
        nap = SHORTEST_NAP
        while not self.is_stopping:
            try:
                found = self._run_one()
            except DATABASE_ERRORS as error:
                log.warning("database_unavailable", error=type(error).__qualname__)
                found = False
                nap = LONGEST_NAP
            if found:
                nap = SHORTEST_NAP
                continue
            close_old_connections()
            time.sleep(nap)
            nap = min(nap * 1.5, LONGEST_NAP)

    def _run_one(self) -> bool:
        for _turn in self.queues:
            # The queue served last goes to the end: a busy one cannot starve the others.
            name = self.queues.pop(0)
            self.queues.append(name)
            job = queue.claim(name, self.name)
            if job is not None:
                self.job = job
                try:
                    run(job)
                finally:
                    self.job = None
                return True
        return False


class Pacemaker(threading.Thread):
    """Signs of life of one worker, on a database connection of its own."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(name="pacemaker", daemon=True)
        self._worker = worker
        self._done = threading.Event()
        self._queues = ",".join(sorted(worker.queues))
        self._started_at = timezone.now()
        # Ticks that need no look into the database any more.
        self._fired: dict[str, datetime] = {}

    def run(self) -> None:
        interval = min(settings.JOB_LEASE_SECONDS / 4, LONGEST_BEAT_SECONDS)
        while True:
            try:
                self._beat()
            except DATABASE_ERRORS as error:
                log.warning("no_sign_of_life", error=type(error).__qualname__)
            close_old_connections()
            if self._done.wait(interval):
                break
        self._leave()

    def stop(self) -> None:
        self._done.set()
        self.join(timeout=LONGEST_BEAT_SECONDS)

    def _beat(self) -> None:
        now = timezone.now()
        job = self._worker.job
        if job is not None and not queue.renew(job) and self._worker.job is job:
            log.warning("lease_lost", job=job.pk)
        WorkerRow.objects.update_or_create(
            name=self._worker.name,
            defaults={"seen_at": now},
            create_defaults={
                "queues": self._queues,
                "started_at": self._started_at,
                "seen_at": now,
            },
        )
        for planned in schedules():
            tick = planned.last_tick(now)
            if self._fired.get(planned.name) != tick:
                fire(planned, now)
                self._fired[planned.name] = tick

    def _leave(self) -> None:
        try:
            WorkerRow.objects.filter(name=self._worker.name).delete()
        except DATABASE_ERRORS as error:
            log.warning("no_farewell", error=type(error).__qualname__)
        finally:
            connection.close()
