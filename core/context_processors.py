"""What the frame of every page needs."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.translation import get_language

from core import navigation
from core.actor import ANONYMOUS, Actor
from core.theme import theme_of


class Frame:
    """The frame of one page, worked out only where a template asks: fragments pay nothing."""

    def __init__(self, request: HttpRequest, actor: Actor) -> None:
        self._request = request
        self._actor = actor

    @cached_property
    def sections(self) -> list[navigation.Section]:
        return navigation.sections_for(self._actor)

    @cached_property
    def main(self) -> list[navigation.Section]:
        return [section for section in self.sections if not section.foot]

    @cached_property
    def foot(self) -> list[navigation.Section]:
        return [section for section in self.sections if section.foot]

    @cached_property
    def phone(self) -> list[navigation.Section]:
        return navigation.phone_sections(self.sections)

    @cached_property
    def current(self) -> str:
        return navigation.current(self.sections, self._request.path)

    @cached_property
    def organizations(self) -> list[Any]:
        """What the switcher offers: `request.organizations`, set by the middleware of `users`."""
        return list(getattr(self._request, "organizations", ()))

    @cached_property
    def path(self) -> str:
        """Where to come back to after the switches of theme and language."""
        return self._request.get_full_path()

    @cached_property
    def token(self) -> str:
        return get_token(self._request)

    @property
    def urls(self) -> "Links":
        return LINKS


class Links:
    """`frame.urls.<name>`: the address of a page, or "" where the site has no such page."""

    def __getitem__(self, name: str) -> str:
        return navigation.url_if_any(name)


LINKS = Links()


def frame(request: HttpRequest) -> dict[str, Any]:
    actor = getattr(request, "actor", ANONYMOUS)
    return {
        "actor": actor,
        "frame": Frame(request, actor),
        "frame_template": "frames/cabinet.html" if actor.is_known else "frames/site.html",
        "theme": theme_of(request),
        "language": get_language() or "ru",
    }
