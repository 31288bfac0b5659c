"""For routes with arguments: what to put in them, so that the access tests can open the page.

Each app says so for its own routes in `<app>/tests/routes.py`:

    @sample("request_detail")
    def request_detail(world: World) -> dict[str, Any]:
        request = ConnectionRequestFactory(owner=world.agency, provider=world.provider)
        return {"number": request.number}

The object must belong to the organizations of `world`: the swapped-tenant test then opens it as
members of other organizations of the same kinds. `shared=True` is for what everybody may see.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from core.access import Policy
from core.actor import system_actor
from core.choices import OrganizationKind, PartyRole
from core.events import emit
from core.middleware import policy_of
from core.models import Notification

Kwargs = dict[str, Any]


@dataclass(slots=True)
class World:
    """The tenants of the access tests, and their people by kind and role ("AGENCY OWNER").

    `made` is for samples that share an object by its name.
    """

    organizations: dict[OrganizationKind, Any]
    people: dict[str, Any] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def agency(self) -> Any:
        return self.organizations[OrganizationKind.AGENCY]

    @property
    def builder(self) -> Any:
        return self.organizations[OrganizationKind.BUILDER]

    @property
    def provider(self) -> Any:
        return self.organizations[OrganizationKind.PROVIDER]

    @property
    def company(self) -> Any:
        return self.organizations[OrganizationKind.COMPANY]

    @property
    def person(self) -> Any:
        return self.organizations[OrganizationKind.PERSON]

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """The object called `name`, made when first asked for."""
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]


@dataclass(frozen=True, slots=True)
class Sample:
    kwargs: Callable[[World], Kwargs]
    shared: bool = False


SAMPLES: dict[str, Sample] = {
    "account_confirm_email": Sample(lambda world: {"key": "forged"}, shared=True),
    "account_reset_password_from_key": Sample(
        lambda world: {"uidb36": "1", "key": "forged"}, shared=True
    ),
}


def _notification(world: World) -> Kwargs:
    """One under the bell of the agency's owner."""
    actor = world.people["AGENCY OWNER"]
    event = emit(
        system_actor(), "organization.verified", world.agency, {PartyRole.OWNER: world.agency}
    )
    told = Notification.objects.create(
        user=actor.user, organization=world.agency, event=event, created_at=event.created_at
    )
    return {"pk": told.pk}


SAMPLES["notification_open"] = Sample(_notification)
# Django admin's routes, by their arguments.
ADMIN_SAMPLES: Kwargs = {
    "app_label": "users",
    "object_id": "0",
    "content_type_id": "1",
    "id": "0",
    "url": "nothing-here",
}


def sample(route: str, *, shared: bool = False) -> Callable[..., Callable[[World], Kwargs]]:
    """Registers the arguments of the route called `route`."""

    def register(kwargs: Callable[[World], Kwargs]) -> Callable[[World], Kwargs]:
        SAMPLES[route] = Sample(kwargs, shared)
        return kwargs

    return register


def load_samples() -> None:
    """Imports `tests/routes.py` of every app that has one."""
    for config in apps.get_app_configs():
        package = find_spec(f"{config.name}.tests")
        if package and package.submodule_search_locations and find_spec(f"{package.name}.routes"):
            import_module(f"{package.name}.routes")


@dataclass(frozen=True, slots=True)
class Route:
    """One URL of the site. `name` has its namespace: "admin:index"; "" where it has none."""

    name: str
    path: str
    arguments: tuple[str, ...]
    policy: Policy | None

    @property
    def is_admin(self) -> bool:
        return self.path.startswith("admin/")


def all_routes() -> list[Route]:
    """Each once: a page of ours that stands before a library's own hides it."""
    found: dict[tuple[str, str], Route] = {}
    for route in _walk(get_resolver().url_patterns):
        found.setdefault((route.name, route.path), route)
    return list(found.values())


def _walk(
    patterns: Iterable[Any], prefix: str = "", namespace: str = "", inherited: tuple[str, ...] = ()
) -> Iterable[Route]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        arguments = inherited + tuple(pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            inner = ":".join(filter(None, [namespace, pattern.namespace]))
            yield from _walk(pattern.url_patterns, path, inner, arguments)
        elif isinstance(pattern, URLPattern):
            name = ":".join(filter(None, [namespace, pattern.name])) if pattern.name else ""
            yield Route(name, path, arguments, policy_of(pattern.callback, namespace, pattern.name))
