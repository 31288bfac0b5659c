"""The sections of the cabinet: each app registers its own in `panels.py`.

register(Section("requests", _("Requests"), "list-check", "request_list", order=20,
                 kinds=AGENTS, phone=True))
"""

from dataclasses import dataclass
from functools import lru_cache

from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, resolve, reverse
from django.utils.functional import Promise

from core.access import Policy
from core.actor import Actor
from core.choices import OrganizationKind, Role
from core.middleware import policy_of

PHONE_PLACES = 5


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the rail.

    `kinds`: the organizations that have it (None: all). `staff`: shown to staff, whatever they act
    for; a section for staff alone has `kinds=frozenset()`. `phone`: wanted in the phone's bottom
    bar, which has five places, given in `order`. `foot`: at the lower end of the rail.
    """

    name: str
    label: str | Promise
    icon: str
    url_name: str
    order: int
    kinds: frozenset[OrganizationKind] | None = None
    least: Role | None = None
    staff: bool = False
    phone: bool = False
    foot: bool = False

    @property
    def url(self) -> str:
        """Its address; "" where this site has no such page, and then the rail leaves it out."""
        return url_if_any(self.url_name)

    def is_for(self, actor: Actor) -> bool:
        if self.staff and actor.is_staff:
            return True
        if actor.kind is None or (self.kinds is not None and actor.kind not in self.kinds):
            return False
        return self.least is None or actor.is_admin or actor.has_role(self.least)


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    """Adds a section; the same name twice is a mistake (ValueError)."""
    if _sections.get(section.name, section) != section:
        raise ValueError(f"The section {section.name!r} is registered already.")
    _sections[section.name] = section


def sections_for(actor: Actor) -> list[Section]:
    """What the actor's rail shows, in order."""
    found = [
        row
        for row in _sections.values()
        if row.is_for(actor) and row.url and _is_there(row.url_name, actor)
    ]
    return sorted(found, key=lambda section: (section.foot, section.order))


def _is_there(url_name: str, actor: Actor) -> bool:
    """Whether the page exists for the actor: a section never leads to a 404.

    Staff who act for no organization have few of the pages that they open acting for one.
    """
    policy = _policy(url_name, get_urlconf(), get_script_prefix())
    if policy is None:
        return True
    return policy.knows(actor) and (actor.leave is None or policy.guests)


def phone_sections(sections: list[Section]) -> list[Section]:
    """The five of `sections` for the bottom bar."""
    return [section for section in sections if section.phone][:PHONE_PLACES]


def current(sections: list[Section], path: str) -> str:
    """The name of the section that `path` lies in: the longest address that it begins with."""
    matching = [section for section in sections if path.startswith(section.url)]
    return max(matching, key=lambda section: len(section.url)).name if matching else ""


def named(name: str) -> Section:
    """Raises KeyError for a name that no section has."""
    return _sections[name]


def registered() -> list[Section]:
    return list(_sections.values())


def url_of(name: str) -> str:
    """The address of a page without arguments. Raises NoReverseMatch for an unknown name."""
    return _reverse(name, get_urlconf(), get_script_prefix())


def url_if_any(name: str) -> str:
    """The address of a page, or "" where this site has no such page."""
    try:
        return url_of(name)
    except NoReverseMatch:
        return ""


@lru_cache(maxsize=256)
def _policy(name: str, urlconf: str | None, prefix: str) -> Policy | None:
    match = resolve(_reverse(name, urlconf, prefix), urlconf)
    return policy_of(match.func, match.namespace, match.url_name)


@lru_cache(maxsize=256)
def _reverse(name: str, urlconf: str | None, prefix: str) -> str:
    return reverse(name, urlconf=urlconf)
