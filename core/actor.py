"""Who acts: made once per request from a session or an API key, or for a job from the system.

Every read of private data starts with `Model.objects.visible_to(actor)`; every service takes the
actor first. `core` knows people and organizations only by what it needs of them.
"""

from dataclasses import dataclass, replace
from typing import Any

from core.choices import OrganizationKind, Role, StaffScope, Via


@dataclass(frozen=True, slots=True)
class Actor:
    """A person acting for an organization, through a door.

    `organization` is the one chosen in the switcher: for a member one of theirs, for an account
    manager one assigned to them, for an administrator any or none. `staff` is set for staff alone.
    `leave` is set for staff who act by an organization's leave (users.acting): they are there with
    a member's role and `via=STAFF`, and for that time nothing else of the staff's is theirs.
    """

    user: Any = None
    organization: Any = None
    role: Role | None = None
    via: Via = Via.WEB
    staff: StaffScope | None = None
    system: bool = False
    leave: Any = None
    # The team of a member who belongs to one.
    team_id: int | None = None

    @property
    def is_known(self) -> bool:
        return self.user is not None or self.system

    @property
    def is_staff(self) -> bool:
        return self.staff is not None

    @property
    def is_admin(self) -> bool:
        return self.staff == StaffScope.ADMIN

    @property
    def kind(self) -> OrganizationKind | None:
        return OrganizationKind(self.organization.kind) if self.organization else None

    @property
    def organization_id(self) -> int | None:
        return self.organization.pk if self.organization else None

    @property
    def user_id(self) -> int | None:
        return self.user.pk if self.user else None

    def has_role(self, least: Role) -> bool:
        """Whether the actor's role in the organization is `least` or above."""
        return self.role is not None and self.role.rank >= least.rank

    def through(self, via: Via) -> "Actor":
        return replace(self, via=via)


ANONYMOUS = Actor()


def system_actor(organization: Any = None, via: Via = Via.SYSTEM) -> Actor:
    """The portal itself, for jobs and commands; sees everything."""
    return Actor(organization=organization, via=via, system=True)
