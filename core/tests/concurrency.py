"""Doing things at the same moment, each on a connection of its own."""

from collections.abc import Callable, Sequence
from threading import Barrier, Thread
from typing import Any

from django.db import connection, connections


def together(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Runs all acts at once in threads; returns what each returned or raised, in their order.

    SQLite in memory cannot be written by several connections, so there the acts run one after
    another: what they promise holds then too. Tests need `django_db(transaction=True)`.
    """
    outcomes: list[Any] = [None] * len(acts)
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        for index, act in enumerate(acts):
            outcomes[index] = _outcome(act)
        return outcomes
    start = Barrier(len(acts))

    def run(index: int) -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            outcomes[index] = _outcome(acts[index])
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(index,)) for index in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _outcome(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except Exception as error:
        return error
