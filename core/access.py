"""Who may open which page: declared on the view, enforced by `AccessMiddleware`.

A view without a declaration is not served (and fails the suite): access is never opened by
forgetting. Third-party views are named in `Estconnect/policies.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from core.actor import Actor
from core.choices import OrganizationKind, Role

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Policy:
    """Who is let in. Nothing private is decided here: rows are scoped by `visible_to`."""

    public: bool = False
    kinds: frozenset[OrganizationKind] | None = None
    least: Role | None = None
    staff_only: bool = False
    debug_only: bool = False
    any_signed_in: bool = False

    def knows(self, actor: Actor) -> bool:
        """Whether the page exists for this actor (else 404)."""
        if self.public or self.any_signed_in:
            return True
        if self.staff_only:
            return actor.is_staff
        if actor.organization is None:
            return actor.is_admin
        return self.kinds is None or actor.kind in self.kinds

    def permits(self, actor: Actor) -> bool:
        """Whether the actor's role is enough (else 403)."""
        if self.least is None or actor.is_admin:
            return True
        return actor.has_role(self.least)


PUBLIC = Policy(public=True)
# Signed in, with or without an organization (own profile, choosing an organization).
SIGNED_IN = Policy(any_signed_in=True)
# Signed in and acting for an organization; or an administrator.
MEMBERS = Policy()
STAFF = Policy(staff_only=True)
# Shown with DEBUG alone.
DEVELOPMENT = Policy(public=True, debug_only=True)


def only(*kinds: OrganizationKind, least: Role | None = None) -> Policy:
    """For members of these kinds of organization, from the role `least` up."""
    return Policy(kinds=frozenset(kinds), least=least)


def access(policy: Policy) -> Callable[[View], View]:
    """Declares the policy of a view: `@access(only(AGENCY, least=Role.MEMBER))`."""

    def declare(view: View) -> View:
        view.access_policy = policy  # type: ignore[attr-defined]
        return view

    return declare
