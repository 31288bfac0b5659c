"""Demo people and organizations: the eight accounts that README names, and those around them."""

import random
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress

from core.actor import Actor, system_actor
from core.choices import OrganizationKind, Role, StaffScope
from pages.demo import words
from users.models import CustomUser, Organization
from users.services.members import add_member
from users.services.organizations import assign_account_manager, create_organization
from users.services.support_access import LONGEST, grant_access
from users.staff_groups import follow_scope

PASSWORD = "estconnect-demo"  # noqa: S105  (a demo's, told to everyone)
DOMAIN = "estconnect.example"
ACCOUNTS = ("agent", "builder", "provider", "company", "person", "support", "kam", "admin")
STAFF = {
    "support": StaffScope.SUPPORT,
    "kam": StaffScope.ACCOUNT_MANAGER,
    "admin": StaffScope.ADMIN,
}


@dataclass(slots=True)
class People:
    """Actors by what they do; the first of each list has a demo account."""

    agents: list[Actor] = field(default_factory=list)
    builders: list[Actor] = field(default_factory=list)
    operators: dict[int, list[Actor]] = field(default_factory=dict)
    providers: list[Organization] = field(default_factory=list)
    # The company, then the private person.
    holders: list[Actor] = field(default_factory=list)


def email_of(account: str) -> str:
    return f"{account}@{DOMAIN}"


def create_people(chance: random.Random, zones: list[str]) -> People:
    """Everyone there is on the first day; `zones` are the time zones of the six cities."""
    people = People()
    system = system_actor()
    for number, name in enumerate(words.AGENCIES):
        first = "agent" if number == 0 else None
        agency = _organization(OrganizationKind.AGENCY, name, zones[number])
        people.agents += _crew(chance, agency, first, size=5 - number // 2)
    for number, name in enumerate(words.BUILDERS):
        first = "builder" if number == 0 else None
        builder = _organization(OrganizationKind.BUILDER, name, zones[number])
        people.builders += _crew(chance, builder, first, size=2)
    for number, (name, claimed, _categories, cities, _share) in enumerate(words.PROVIDERS):
        provider = _organization(OrganizationKind.PROVIDER, name, zones[cities[0]], claimed)
        people.providers.append(provider)
        first = "provider" if number == 0 else None
        crew = _crew(chance, provider, first, size=4) if claimed else []
        # Requests of a provider that is not on the portal are worked by staff.
        people.operators[provider.pk] = crew or [system]
    company = _organization(OrganizationKind.COMPANY, "ООО «Вектор»", zones[0])
    people.holders.append(_member(company, _user(chance, "company"), Role.OWNER))
    person = _user(chance, "person")
    own = _organization(OrganizationKind.PERSON, person.full_name, zones[0])
    people.holders.append(_member(own, person, Role.OWNER))
    _staff(chance, people)
    return people


def _organization(
    kind: OrganizationKind, name: str, zone: str, claimed: bool = True
) -> Organization:
    return create_organization(
        system_actor(), kind=kind, name=name, verified=claimed, is_claimed=claimed, time_zone=zone
    )


def _crew(
    chance: random.Random, organization: Organization, account: str | None, size: int
) -> list[Actor]:
    """A manager first, then members."""
    manager = _member(organization, _user(chance, account), Role.MANAGER)
    return [
        manager,
        *(_member(organization, _user(chance, None), Role.MEMBER) for _ in range(size - 1)),
    ]


def _member(organization: Organization, user: CustomUser, role: Role) -> Actor:
    add_member(system_actor(), organization, user, role)
    return Actor(user, organization, role)


def _staff(chance: random.Random, people: People) -> None:
    staff = {
        account: _user(
            chance, account, is_staff=True, is_superuser=account == "admin", staff_scope=scope
        )
        for account, scope in STAFF.items()
    }
    for user in staff.values():
        follow_scope(user)
    unclaimed = [provider for provider in people.providers if not provider.is_claimed]
    managed = [people.agents[0].organization, people.builders[0].organization, *unclaimed]
    for organization in managed:
        assign_account_manager(system_actor(), organization, staff["kam"])


def create_colleague(chance: random.Random, scope: StaffScope) -> Actor:
    """One more of the staff, without a password that anyone knows."""
    user = _user(chance, None, is_staff=True, staff_scope=scope)
    follow_scope(user)
    return Actor(user, staff=scope)


def let_support_in(people: People) -> None:
    """The demo agency asks for help, so that support has a cabinet to enter."""
    grant_access(people.agents[0], lasts=LONGEST, reason="Помогите разобраться с отказами")


def _user(chance: random.Random, account: str | None, **fields: object) -> CustomUser:
    """A person; only the demo accounts have a password that anyone knows."""
    number = CustomUser.objects.count() + 1
    email = email_of(account or f"demo{number}")
    user = CustomUser.objects.create_user(
        email, PASSWORD if account else None, full_name=full_name(chance), **fields
    )
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    return user


def full_name(chance: random.Random) -> str:
    """A name and a surname that agree in gender."""
    surname = chance.choice(words.SURNAMES)
    if chance.random() < 0.5:
        return f"{chance.choice(words.MEN)} {surname}"
    return f"{chance.choice(words.WOMEN)} {surname}а"
