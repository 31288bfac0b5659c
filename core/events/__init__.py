"""Events: written by services, read back as timelines, handled by jobs."""

# First of all: a submodule loaded later would take the place of the function of the same name.
import core.events.kinds  # noqa: F401
from core.events.emit import Draft, beat, emit, emit_many, quietly
from core.events.registry import Handler, handler, handlers_of, kind, kinds

__all__ = [
    "Draft",
    "Handler",
    "beat",
    "emit",
    "emit_many",
    "handler",
    "handlers_of",
    "kind",
    "kinds",
    "quietly",
]
