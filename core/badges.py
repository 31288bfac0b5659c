"""Status badges: one mapping of states to colour, word and icon for the whole site.

An app registers its states once, in its `panels.py`; pages write `{% badge "request" row.state %}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from core.parts.icons import icon
from core.workflow import Workflow

# neutral: not begun; info: under way; wait: somebody is waited for; good: done; bad: refused or
# broken; stopped: ended or paused on purpose.
TONES = frozenset({"neutral", "info", "wait", "good", "bad", "stopped"})


@dataclass(frozen=True, slots=True)
class Badge:
    label: str | Promise
    tone: str
    icon: str


_badges: dict[str, dict[str, Badge]] = {}


def register_badges(kind: str, badges: Mapping[str, Badge]) -> None:
    """Makes `{% badge kind value %}` known.

    Raises ValueError for an unknown tone, and when the kind is registered differently already.
    """
    for value, found in badges.items():
        if found.tone not in TONES:
            raise ValueError(f"{kind}.{value}: {found.tone!r} is not a tone.")
    if _badges.get(kind, badges) != badges:
        raise ValueError(f"Badges of {kind!r} are registered already.")
    _badges[kind] = {str(value): found for value, found in badges.items()}
    badge_html.cache_clear()


def register_workflow(
    kind: str, workflow: Workflow, more: Mapping[str, Badge] | None = None
) -> None:
    """The badges of a workflow's states, as its table has them, and of what is shown beside."""
    states = {name: Badge(row.label, row.tone, row.icon) for name, row in workflow.states.items()}
    register_badges(kind, states | dict(more or {}))


def badge_of(kind: str, value: str) -> Badge:
    """What is registered for `value`; LookupError names what is not."""
    try:
        return _badges[kind][str(value)]
    except KeyError as error:
        raise LookupError(f"No badge is registered for {kind}.{value}.") from error


def registered() -> Mapping[str, Mapping[str, Badge]]:
    """Every badge of the site, by kind and value."""
    return _badges


def badge(kind: str, value: str) -> SafeString:
    return badge_html(kind, str(value), get_language() or "")


@lru_cache(maxsize=1024)
def badge_html(kind: str, value: str, language: str) -> SafeString:
    """`language` is part of the key alone: the label is translated into the active one."""
    found = badge_of(kind, value)
    return state_html(found)


def state_html(found: Badge) -> SafeString:
    return format_html(
        '<span class="state state-{}">{}{}</span>', found.tone, icon(found.icon), found.label
    )
