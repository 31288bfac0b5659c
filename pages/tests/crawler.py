"""Follows links as a person would: what one page leads to must be there."""

from collections import Counter, deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

from django.contrib.staticfiles import finders
from django.test import Client as Browser
from django.urls import Resolver404, resolve

# Pages of one kind differ by their rows alone: so many of each are opened.
OF_ONE_KIND = 4
MOST_PAGES = 120
FAILING = 400


@dataclass
class Page(HTMLParser):
    """The addresses that a page leads to, and the ids that it has."""

    url: str
    links: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value}
        if "id" in values:
            self.ids.add(values["id"])
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif tag == "form":
            self.forms.append(values.get("action", self.url))
        elif "data-poll" in values or "hx-get" in values:
            self.links.append(values.get("data-poll") or values["hx-get"])
        self.files += [values[name] for name in ("src",) if name in values]
        if tag == "link" and "href" in values and values.get("rel") != "canonical":
            self.files.append(values["href"])


@dataclass
class Crawl:
    """What was opened, and every dead end: (page, address, why)."""

    browser: Browser
    opened: list[str] = field(default_factory=list)
    dead: list[tuple[str, str, str]] = field(default_factory=list)
    _kinds: Counter[str] = field(default_factory=Counter)

    def follow(self, *starts: str) -> "Crawl":
        queue = deque(("", start) for start in starts)
        seen = set(starts)
        while queue and len(self.opened) < MOST_PAGES:
            origin, url = queue.popleft()
            page = self._open(origin, url)
            for link in page.links if page else []:
                address = urldefrag(urljoin(url, link)).url
                if address not in seen and self._is_wanted(address):
                    seen.add(address)
                    queue.append((url, address))
        return self

    def _is_wanted(self, address: str) -> bool:
        """A page of this site, and not one more of a kind that was opened often enough."""
        parts = urlsplit(address)
        if parts.netloc or parts.scheme or parts.path.startswith("/admin/"):
            return False
        try:
            kind = resolve(parts.path).view_name
        except Resolver404:
            return True
        self._kinds[kind] += 1
        return self._kinds[kind] <= OF_ONE_KIND

    def _open(self, origin: str, url: str) -> Page | None:
        answer = self.browser.get(url, follow=True)
        self.opened.append(url)
        if answer.status_code >= FAILING:
            self.dead.append((origin, url, f"status {answer.status_code}"))
            return None
        if not answer.get("Content-Type", "").startswith("text/html"):
            return None
        page = Page(urlsplit(url).path)
        page.feed(answer.content.decode())
        self._check_files(page)
        self._check_forms(page)
        self._check_fragments(url, page, is_whole="<html" in answer.content.decode()[:500])
        return page

    def _check_files(self, page: Page) -> None:
        for file in page.files:
            if file.startswith("/static/") and not finders.find(file.removeprefix("/static/")):
                self.dead.append((page.url, file, "no such file"))
            elif not file.startswith(("/static/", "data:")):
                self.dead.append((page.url, file, "not of this site"))

    def _check_forms(self, page: Page) -> None:
        for form in page.forms:
            try:
                resolve(urlsplit(urljoin(page.url, form)).path)
            except Resolver404:
                self.dead.append((page.url, form, "no such form"))

    def _check_fragments(self, url: str, page: Page, is_whole: bool) -> None:
        here = [link[1:] for link in page.links if link.startswith("#")]
        for name in here if is_whole else []:
            if name and name not in page.ids:
                self.dead.append((url, f"#{name}", "no such place on the page"))
