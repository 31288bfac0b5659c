"""What the frame of every page needs."""

from functools import cached_property, lru_cache
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import get_script_prefix, get_urlconf
from django.utils.safestring import SafeString
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

    @property
    def rail(self) -> SafeString:
        """The sections, as the rail shows them."""
        return self._drawn("frames/rail.html")

    @property
    def phone_bar(self) -> SafeString:
        """Those of them that a phone has at its foot; empty where there are none."""
        return self._drawn("frames/phone_bar.html")

    def _drawn(self, template: str) -> SafeString:
        names = tuple(section.name for section in self.sections)
        language = get_language() or ""
        return draw_sections(
            template, names, self.current, language, get_urlconf(), get_script_prefix()
        )

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


@lru_cache(maxsize=1024)
def draw_sections(
    template: str,
    names: tuple[str, ...],
    current: str,
    language: str,
    urlconf: str | None,
    prefix: str,
) -> SafeString:
    """Drawn once for all who have the same sections: a third of what a frame costs.

    `language`, `urlconf` and `prefix` are those in force; labels and addresses come by them.
    """
    sections = [navigation.named(name) for name in names]
    context = {
        "main": [section for section in sections if not section.foot],
        "foot": [section for section in sections if section.foot],
        "phone": navigation.phone_sections(sections),
        "current": current,
    }
    return render_to_string(template, context)


def frame(request: HttpRequest) -> dict[str, Any]:
    actor = getattr(request, "actor", ANONYMOUS)
    return {
        "actor": actor,
        "frame": Frame(request, actor),
        "frame_template": "frames/cabinet.html" if actor.is_known else "frames/site.html",
        "theme": theme_of(request),
        "language": get_language() or "ru",
    }
