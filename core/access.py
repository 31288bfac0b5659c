"""Who may open which page: declared on the view, enforced by `AccessMiddleware`.

A view without a declaration is not served (and fails the suite): access is never opened by
forgetting. Third-party views are named in `Estconnect/policies.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from core.actor import Actor
from core.choices import OrganizationKind, Role, StaffScope

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
    # Of `staff_only`: which of them; None for all.
    scopes: frozenset[StaffScope] | None = None
    # Whether staff who act by an organization's leave are let in (`Actor.leave`).
    guests: bool = True

    def knows(self, actor: Actor) -> bool:
        """Whether the page exists for this actor (else 404)."""
        if self.public or self.any_signed_in:
            return True
        if self.staff_only:
            return actor.staff is not None and (self.scopes is None or actor.staff in self.scopes)
        if actor.organization is None:
            return actor.is_admin
        return self.kinds is None or actor.kind in self.kinds

    def permits(self, actor: Actor) -> bool:
        """Whether the actor's role is enough (else 403)."""
        if actor.leave is not None and not self.guests:
            return False
        if self.least is None or actor.is_admin:
            return True
        return actor.has_role(self.least)


PUBLIC = Policy(public=True)
# Signed in, with or without an organization: one's own affairs (profile, choosing an organization).
# Staff who act by an organization's leave come back to theirs when they have left it.
SIGNED_IN = Policy(any_signed_in=True, guests=False)
# Signed in, and part of working for whatever one acts for now: home, bell, search, long operations.
IN_CABINET = Policy(any_signed_in=True)
# Signed in and acting for an organization; or an administrator.
MEMBERS = Policy()
STAFF = Policy(staff_only=True, scopes=frozenset(StaffScope) - {StaffScope.CONTENT})
# Django admin: permissions of groups say what is in it.
ANY_STAFF = Policy(staff_only=True)
# Shown with DEBUG alone.
DEVELOPMENT = Policy(public=True, debug_only=True)


def only(*kinds: OrganizationKind, least: Role | None = None) -> Policy:
    """For members of these kinds of organization, from the role `least` up."""
    return Policy(kinds=frozenset(kinds), least=least)


def staff(*scopes: StaffScope) -> Policy:
    """For staff of these scopes."""
    return Policy(staff_only=True, scopes=frozenset(scopes))


def members_alone(policy: Policy) -> Policy:
    """`policy` without staff who act by the organization's leave: people, rights, keys."""
    return replace(policy, guests=False)


def access(policy: Policy) -> Callable[[View], View]:
    """Declares the policy of a view: `@access(only(AGENCY, least=Role.MEMBER))`."""

    def declare(view: View) -> View:
        view.access_policy = policy  # type: ignore[attr-defined]
        return view

    return declare
