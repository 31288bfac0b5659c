"""What a service says when it will not do a thing: errors with a message a person can read.

Views need not catch them: `DomainErrorMiddleware` renders 403, 404 and 409 in the site's frame.
A form catches `DomainError` to put the message beside its field.
"""

from django.utils.functional import Promise

Text = str | Promise


class DomainError(Exception):
    """The rule that refused, in the reader's language; `field` names the input it is about."""

    status = 400

    def __init__(self, message: Text, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


class Forbidden(DomainError):
    """The actor sees the thing and may not change it."""

    status = 403


class NotVisible(DomainError):
    """For this actor the thing does not exist."""

    status = 404


class Conflict(DomainError):
    """The thing has changed since the actor last saw it."""

    status = 409
