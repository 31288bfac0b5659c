"""Colleagues named in notes: `@Anna Ivanova` as it is typed, `@[public id]` as it is kept.

One names colleagues alone. Who works on the other side is that side's own affair: a shared note
says to it that someone of the writer's organization was asked, and not who.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.folding import fold
from subscriptions.models import ConnectionRequest
from users.models import CustomUser, Membership
from users.selectors.members import working_members

MENTIONS_AT_MOST = 20
# An @ within a word is an address of mail, one before a space stands for "at".
_AT = re.compile(r"(?<![\w@.+-])@(?=[^\s@])")
_KEPT = re.compile(r"@\[([0-9A-Z]{12})\]")
# What a name that nobody has is shown by: the word it begins with.
_WORD = re.compile(r"[^\s,;:!?()]+")


@dataclass(frozen=True, slots=True)
class Colleague:
    """Who can be named. `label` is what is typed for them, one among all colleagues."""

    user_id: int
    public_id: str
    label: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Named:
    """A note's text as it is kept, and whom it names."""

    text: str
    user_ids: list[int]


def colleagues_of(actor: Actor, request: ConnectionRequest) -> list[Colleague]:
    """The working members of the actor's organization who can open the request, by name."""
    if actor.organization is None:
        return []
    members = (
        working_members(actor.organization_id)
        .select_related("user")
        .order_by("user__full_name", "pk")
    )
    return named_people(_who_can_open(actor, request, list(members)))


def named_people(people: Iterable[CustomUser]) -> list[Colleague]:
    """How each of `people` is named among them."""
    known = list(people)
    names = [fold(person.full_name) for person in known]
    return [
        _colleague(person, names.count(name) == 1)
        for person, name in zip(known, names, strict=True)
    ]


def _who_can_open(
    actor: Actor, request: ConnectionRequest, members: Sequence[Membership]
) -> list[CustomUser]:
    """Only in companies do teams see some places and not others: asked once for each team."""
    seen: dict[int, bool] = {}

    def can_open(member: Membership) -> bool:
        if member.team_id is None or actor.kind != OrganizationKind.COMPANY:
            return True
        if member.role != Role.MEMBER:
            return True
        if member.team_id not in seen:
            theirs = Actor(member.user, actor.organization, Role.MEMBER, team_id=member.team_id)
            rows = ConnectionRequest.objects.visible_to(theirs)
            seen[member.team_id] = rows.filter(pk=request.pk).exists()
        return seen[member.team_id]

    return [member.user for member in members if can_open(member)]


def _colleague(person: CustomUser, alone: bool) -> Colleague:
    name = " ".join(person.full_name.split())
    if not name:
        return Colleague(person.pk, person.public_id, person.email, person.email, person.email)
    label = name if alone else f"{name} ({person.email})"
    return Colleague(person.pk, person.public_id, label, name, person.email)


def read_mentions(actor: Actor, request: ConnectionRequest, typed: str) -> Named:
    """The text with every `@name` replaced by the id of the colleague it names.

    A name is typed in full, by the address of mail, or by one word of it that no other colleague
    has. Raises DomainError with field `text` naming what nobody is called.
    """
    if not _AT.search(typed):
        return Named(typed, [])
    return find_named(typed, colleagues_of(actor, request), _nobody, field="text")


def find_named(
    typed: str,
    colleagues: Iterable[Colleague],
    nobody: Callable[[str], DomainError],
    *,
    field: str,
) -> Named:
    """The same among `colleagues`; raises `nobody(name)`, or DomainError with `field`."""
    # What looks like a kept mention was typed: it is text, and names nobody.
    text = _KEPT.sub(r"@ [\1]", typed)
    known = _spellings(colleagues)
    longest_first = sorted(known, key=len, reverse=True)
    parts, found, position = [], [], 0
    for match in _AT.finditer(text):
        if match.start() < position:
            continue
        spelling = _spelling_at(text, match.end(), longest_first)
        if spelling is None:
            raise nobody(_word_at(text[match.end() :]))
        colleague = known[spelling]
        parts += [text[position : match.start()], f"@[{colleague.public_id}]"]
        position = match.end() + len(spelling)
        if colleague.user_id not in found:
            found.append(colleague.user_id)
    if len(found) > MENTIONS_AT_MOST:
        raise DomainError(
            _("Name at most %(limit)s people in one note.") % {"limit": MENTIONS_AT_MOST},
            field=field,
        )
    return Named("".join([*parts, text[position:]]), found)


def _spellings(colleagues: Iterable[Colleague]) -> dict[str, Colleague]:
    """Folded spelling → who is meant; a word that two colleagues share means neither."""
    known: dict[str, Colleague] = {}
    words: dict[str, set[int]] = {}
    for colleague in colleagues:
        for word in _plain(colleague.name).split():
            words.setdefault(word, set()).add(colleague.user_id)
    for colleague in colleagues:
        for word in _plain(colleague.name).split():
            if len(words[word]) == 1:
                known[word] = colleague
    for colleague in colleagues:
        known[_plain(colleague.email)] = colleague
        known[_plain(colleague.label)] = colleague
    return known


def _plain(text: str) -> str:
    """As names are compared: a letter for a letter, so that places in the text stay the same."""
    return text.lower().replace("ё", "е")


def _spelling_at(text: str, start: int, longest_first: Iterable[str]) -> str | None:
    """The longest spelling that the text goes on with, up to the end of a word."""
    following = _plain(text[start:])
    for spelling in longest_first:
        if following.startswith(spelling):
            after = following[len(spelling) : len(spelling) + 1]
            if not (after.isalnum() or after == "_"):
                return spelling
    return None


def _word_at(following: str) -> str:
    word = _WORD.match(following)
    return word.group() if word else ""


def _nobody(name: str) -> DomainError:
    return DomainError(
        _(
            "Nobody in your organization is called “@%(name)s”, or several are. Choose from the "
            "list, or leave out the “@”."
        )
        % {"name": name},
        field="text",
    )


def with_names(text: str, names: Mapping[str, str], unknown: str) -> str:
    """The kept text as it is read: `names` are of whom the reader may know (public id → name)."""
    return _KEPT.sub(lambda match: f"@{names.get(match.group(1), unknown)}", text)


def mentioned_in(text: str) -> list[str]:
    """Public ids of the people named in a kept text."""
    return _KEPT.findall(text)
