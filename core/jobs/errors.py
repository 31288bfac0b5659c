"""How a job says what kind of failure it was."""

from core.errors import DomainError


class PermanentFailure(Exception):
    """Trying again cannot help: the job fails at once. The message is shown to staff."""


class TemporaryFailure(Exception):
    """Trying again later may help; like any other error, but the message is shown to staff."""


class WorkerLost(Exception):
    """The worker was killed or lost its database, as often as the job may be tried."""


def describe(error: BaseException) -> str:
    """One line about an error for staff, of at most 300 characters.

    Messages of foreign errors are left out: a database or a mail server quotes people's data.
    """
    name = type(error).__qualname__
    ours = isinstance(error, (PermanentFailure, TemporaryFailure, WorkerLost, DomainError))
    return (f"{name}: {error}" if ours and str(error) else name)[:300]
