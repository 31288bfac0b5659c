"""Worker processes, kept running: one or more for each set of queues."""

import multiprocessing
import os
import signal
import time
from collections.abc import Sequence
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from types import FrameType

import structlog
from django.db import connections

from core.jobs.worker import Worker

log = structlog.get_logger("core.jobs")
QueueSet = tuple[str, ...]
RESTART_PAUSE_SECONDS = 1.0


def run_worker(queues: QueueSet, supervisor: int | None = None) -> None:
    """Works in this process until SIGTERM or Ctrl+C; the running job is finished first."""
    worker = Worker(queues, supervisor)

    def stop(number: int, frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log.info("worker_started", worker=worker.name, queues=",".join(queues))
    worker.work()
    log.info("worker_stopped", worker=worker.name)


class Supervisor:
    """Forks a process for each entry of `sets` and starts anew what ends unbidden."""

    def __init__(self, sets: Sequence[QueueSet]) -> None:
        self._sets = sets
        self._fork = multiprocessing.get_context("fork")
        self._running: dict[int, tuple[BaseProcess, QueueSet]] = {}
        self._stopping = False

    def run(self) -> None:
        # Forked processes must not share a connection; what is loaded by now they do share.
        connections.close_all()
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        for queues in self._sets:
            self._start(queues)
        while self._running:
            wait(list(self._running), timeout=1.0)
            self._tend()

    def _start(self, queues: QueueSet) -> None:
        process = self._fork.Process(target=run_worker, args=(queues, os.getpid()))
        process.start()
        self._running[process.sentinel] = process, queues

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _tend(self) -> None:
        if self._stopping:
            for process, _queues in self._running.values():
                process.terminate()
        for sentinel, (process, queues) in list(self._running.items()):
            if process.is_alive():
                continue
            del self._running[sentinel]
            if not self._stopping:
                log.error("worker_ended_unbidden", queues=",".join(queues), code=process.exitcode)
                time.sleep(RESTART_PAUSE_SECONDS)
                self._start(queues)
