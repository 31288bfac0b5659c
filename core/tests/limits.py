"""What hostile input may cost: two seconds and 150 MB (RELIABILITY.md), measured in a process."""

import os
import pickle
import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SECONDS, MEGABYTES = 2.0, 150
_MEGABYTE = 1024 * 1024
_PAGE = os.sysconf("SC_PAGE_SIZE")


def refused_cheaply(function: Callable[[], Any], error: type[Exception]) -> str:
    """Runs `function` in a process of its own that may not take more; the message of its `error`.

    Fails where it takes longer (in time of the processor: the machine may be busy), asks for more
    memory, ends otherwise, or does not raise `error`.
    """
    outcome, spent = _in_process(function)
    assert isinstance(outcome, error), repr(outcome)
    assert spent < SECONDS, f"took {spent:.1f} s"
    return str(outcome)


def _in_process(function: Callable[[], Any]) -> tuple[Any, float]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _run(function, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _pid, status = os.waitpid(pid, 0)
    assert told, f"the process ended with {status}"
    outcome, spent = pickle.loads(told)  # noqa: S301 - of our own child
    return outcome, spent


def _run(function: Callable[[], Any], writing: int) -> None:
    """In the child: never returns, so that nothing of the suite runs twice."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * _PAGE
    most = used + MEGABYTES * _MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    signal.alarm(30)
    began = time.process_time()
    outcome: Any
    try:
        outcome = function()
    except BaseException as error:
        outcome = type(error)(str(error))
    spent = time.process_time() - began
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(pickle.dumps((outcome, spent)))
    os._exit(0)
