"""The frame around pages, the error pages in it, the theme, and the headers of both."""

import re
from importlib import import_module

import pytest
from django.conf import settings as site_settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.test import RequestFactory, override_settings
from django.urls import path
from django.views.decorators.http import require_POST

from core import navigation
from core.access import PUBLIC, access
from core.actor import Actor
from core.choices import OrganizationKind, Role
from core.context_processors import Frame
from core.errors import Conflict, DomainError
from core.navigation import Section
from core.views import errors
from users.tests.factories import MembershipFactory, OrganizationFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db
site_urls = import_module(site_settings.ROOT_URLCONF)


@access(PUBLIC)
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a secret detail")


@access(PUBLIC)
def refused(request: HttpRequest) -> HttpResponse:
    raise {
        "400": DomainError("The address has no <house>."),
        "403": PermissionDenied(),
        "409": Conflict("It is approved now."),
        "413": RequestDataTooBig(),
    }[request.GET["status"]]


@access(PUBLIC)
@require_POST
def only_post(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


class Urls:
    """The site with pages that fail."""

    handler400 = site_urls.handler400
    handler403 = site_urls.handler403
    handler404 = site_urls.handler404
    handler500 = site_urls.handler500
    urlpatterns = [
        path("broken/", broken),
        path("refused/", refused),
        path("only-post/", only_post),
        *site_urls.urlpatterns,
    ]


@pytest.fixture
def failing_site():
    with override_settings(ROOT_URLCONF=Urls):
        yield


@pytest.mark.usefixtures("failing_site")
class TestErrorPages:
    @pytest.mark.parametrize(
        ("address", "status", "words"),
        [
            ("/nowhere/", 404, "404"),
            ("/refused/?status=400", 400, "The address has no &lt;house&gt;."),
            ("/refused/?status=403", 403, "403"),
            ("/refused/?status=409", 409, "It is approved now."),
            ("/refused/?status=413", 413, "413"),
            ("/only-post/", 405, "405"),
        ],
    )
    def test_each_says_what_to_do_in_the_frame(self, client, address, status, words):
        answer = client.get(address)
        assert answer.status_code == status
        text = answer.content.decode()
        assert words in text
        assert text.count("<h1>") == 1
        assert 'class="error-ways"' in text
        assert "site-header" in text

    def test_signed_in_it_is_the_cabinets_frame(self, sign_in):
        answer = sign_in(make_actor()).get("/nowhere/")
        assert answer.status_code == 404
        assert 'class="rail"' in answer.content.decode()

    def test_405_names_the_method_that_works(self, client):
        answer = client.get("/only-post/")
        assert answer["Allow"] == "POST"

    def test_500_shows_the_request_id_and_no_detail_and_asks_no_database(
        self, client, django_assert_num_queries
    ):
        client.raise_request_exception = False
        with django_assert_num_queries(0):
            answer = client.get("/broken/")
        assert answer.status_code == 500
        text = answer.content.decode()
        assert re.search(r'<code class="error-id">[0-9a-f-]{36}</code>', text)
        assert "a secret detail" not in text

    def test_429(self, rf):
        request = rf.get("/users/login/")
        answer = errors.too_many_requests(request)
        assert answer.status_code == 429
        assert "<h1>" in answer.content.decode()

    def test_a_stale_form_says_to_reload(self):
        browser = Browser(enforce_csrf_checks=True)
        answer = browser.post("/theme/", {"theme": "dark"})
        assert answer.status_code == 403
        assert b'class="error-message"' in answer.content


class TestHeaders:
    @pytest.mark.parametrize("address", ["/", "/users/login/", "/nowhere/"])
    def test_every_page_has_the_strict_policy(self, client, address):
        policy = client.get(address)["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy

    @pytest.mark.parametrize("address", ["/", "/users/login/", "/nowhere/", "/developers/parts/"])
    def test_no_page_needs_what_the_policy_forbids(self, client, settings, address):
        settings.DEBUG = address.startswith("/developers/")
        text = client.get(address).content.decode()
        assert "allowEval" in text
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|<script(?![^>]*\ssrc=)", text)
        linked = re.findall(r'(?:src|href|action)="((?:https?:)?//[^"]+)', text)
        assert [url for url in linked if not url.startswith(settings.SITE_URL)] == []


class TestFrame:
    def test_one_heading_a_skip_link_and_the_language(self, client):
        text = client.get("/users/login/").content.decode()
        assert '<html lang="ru"' in text
        assert 'class="skip-link" href="#content"' in text
        assert 'id="content"' in text
        assert text.count("<h1") == 1

    def test_one_organization_needs_no_switcher(self, sign_in):
        actor = make_actor()
        text = sign_in(actor).get("/nowhere/").content.decode()
        assert actor.organization.name in text
        assert 'name="organization"' not in text

    def test_several_are_switched_between(self, sign_in):
        actor = make_actor()
        other = OrganizationFactory(name="Second & Sons")
        MembershipFactory(user=actor.user, organization=other)
        text = sign_in(actor).get("/nowhere/").content.decode()
        assert f'name="organization" value="{other.public_id}"' in text
        assert "Second &amp; Sons" in text

    def test_staff_choose_on_a_page_of_its_own(self, sign_in):
        text = sign_in(make_staff()).get("/nowhere/").content.decode()
        assert 'href="/users/organizations/"' in text

    def test_parts_page_is_for_development_alone(self, client, settings):
        assert client.get("/developers/parts/").status_code == 404
        settings.DEBUG = True
        answer = client.get("/developers/parts/")
        assert answer.status_code == 200
        assert "EC-4800-1900" in answer.content.decode()


class TestTheme:
    def test_the_system_decides_until_one_is_chosen(self, client):
        assert "data-bs-theme" not in client.get("/users/login/").content.decode()

    def test_a_chosen_theme_is_drawn_by_the_server(self, client):
        answer = client.post("/theme/", {"theme": "dark", "next": "/users/login/"})
        assert answer["Location"] == "/users/login/"
        assert '<html lang="ru" data-bs-theme="dark">' in client.get(answer["Location"]).text

    def test_nonsense_is_refused_and_a_strange_cookie_ignored(self, client):
        assert client.post("/theme/", {"theme": '"><script>'}).status_code == 400
        client.cookies["theme"] = '"><script>'
        assert "data-bs-theme" not in client.get("/users/login/").content.decode()

    def test_nobody_is_sent_to_another_host(self, client):
        answer = client.post("/theme/", {"theme": "light", "next": "https://evil.example/"})
        assert answer["Location"] == "/"


class TestNavigation:
    def section(self, **values) -> Section:
        return Section(
            **{"name": "x", "label": "X", "icon": "x", "url_name": "x", "order": 1} | values
        )

    def test_sections_are_of_kinds_and_roles(self):
        providers = self.section(kinds=frozenset({OrganizationKind.PROVIDER}), least=Role.MANAGER)
        assert providers.is_for(make_actor(OrganizationKind.PROVIDER, Role.OWNER))
        assert not providers.is_for(make_actor(OrganizationKind.PROVIDER, Role.MEMBER))
        assert not providers.is_for(make_actor(OrganizationKind.AGENCY, Role.OWNER))
        assert not providers.is_for(Actor())

    def test_sections_of_staff(self):
        failed = self.section(kinds=frozenset(), staff=True)
        assert failed.is_for(make_staff())
        assert not failed.is_for(make_actor())

    def test_every_registered_section_has_a_page(self):
        assert [row.name for row in navigation.registered() if not row.url] == []

    def test_the_longest_address_is_the_current_section(self):
        home = self.section(name="home", url_name="site_home")
        login = self.section(name="login", url_name="account_login")
        assert navigation.current([home, login], "/users/login/x/") == "login"
        assert navigation.current([home, login], "/other/") == "home"
        assert navigation.current([], "/other/") == ""

    def test_a_name_is_registered_once(self):
        first = self.section(name="test-twice")
        navigation.register(first)
        try:
            with pytest.raises(ValueError, match="already"):
                navigation.register(self.section(name="test-twice", order=2))
        finally:
            navigation._sections.pop("test-twice")

    @pytest.mark.parametrize("kind", OrganizationKind)
    def test_every_kind_has_at_most_five_places_on_the_phone(self, kind):
        sections = navigation.sections_for(make_actor(kind, Role.OWNER))
        assert len(navigation.phone_sections(sections)) <= navigation.PHONE_PLACES


def test_the_frame_costs_no_query_by_itself(django_assert_num_queries, rf):
    actor = make_actor()
    request = RequestFactory().get("/")
    with django_assert_num_queries(0):
        made = Frame(request, actor)
        assert made.organizations == []
        assert "rail-nav" in made.rail
        assert made.urls["no_such_page"] == ""
