"""Filters never show more than was asked for."""

from dataclasses import replace

import django_filters
import pytest
from django.http import QueryDict
from django.utils import translation

from core.actor import ANONYMOUS
from core.choices import Role
from core.errors import DomainError
from core.filters import StrictFilterSet
from subscriptions.choices import ClientKind
from subscriptions.models import Client
from subscriptions.tests.factories import ClientFactory
from users.tests.factories import make_actor


class ClientFilter(StrictFilterSet):
    kind = django_filters.MultipleChoiceFilter(label="Kind", choices=ClientKind.choices)
    name = django_filters.CharFilter(label="Name")
    added = django_filters.DateFilter(label="Added", field_name="created_at", lookup_expr="date")

    class Meta:
        model = Client
        fields: list[str] = []


def filtered(query: str) -> ClientFilter:
    return ClientFilter(QueryDict(query), Client.objects.order_by("name"), actor=ANONYMOUS)


@pytest.mark.django_db
def test_valid_values_narrow_the_rows():
    ClientFactory(name="Анна")
    company = ClientFactory(name="Вектор", kind=ClientKind.COMPANY)
    assert list(filtered("kind=COMPANY").qs) == [company]


@pytest.mark.django_db
def test_several_values_of_one_filter_add_up():
    made = [ClientFactory(name="Анна"), ClientFactory(name="Вектор", kind=ClientKind.COMPANY)]
    assert list(filtered("kind=COMPANY&kind=PERSON").qs) == made


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("owner=1", "owner"),
        ("owner=", "owner"),
        ("kind__in=PERSON", "kind__in"),
        ("kind=EVERY", "kind"),
        ("kind=PERSON&kind=EVERY", "kind"),
        ("added=soon", "added"),
        ("added=2026-02-30", "added"),
        ("name=a%00b", "name"),
        ("name=a&name=b", "name"),
        ("sort=a&sort=b", "sort"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(query, field):
    with pytest.raises(DomainError) as refused:
        filtered(query).qs  # noqa: B018
    assert refused.value.field == field
    assert field in str(refused.value)
    assert refused.value.status == 400


@pytest.mark.parametrize("query", ["", "kind=&name=", "name=+", "after=x&sort=y&fragment=rows"])
def test_blanks_and_parameters_of_the_page_are_no_filters(query):
    found = filtered(query)
    found.check()
    assert not found.is_active
    assert found.chips() == []


def test_chips_say_what_is_narrowed_and_how_to_undo_it():
    chips = filtered("kind=PERSON&kind=COMPANY&added=2026-11-20&after=x&sort=name").chips()
    assert [(chip.label, chip.value) for chip in chips] == [
        ("Kind", str(ClientKind.PERSON.label)),
        ("Kind", str(ClientKind.COMPANY.label)),
        ("Added", chips[2].value),
    ]
    assert chips[0].without == "kind=COMPANY&added=2026-11-20&sort=name"
    assert chips[2].without == "kind=PERSON&kind=COMPANY&sort=name"


@pytest.mark.django_db
def test_a_drawn_bar_is_kept_for_its_own_readers_alone():
    """The key tells organizations, roles, languages and filters apart."""
    first, second = make_actor(), make_actor()
    colleague = make_actor(organization=first.organization, role=Role.VIEWER)

    def key(actor, query=""):
        return ClientFilter(QueryDict(query), Client.objects.all(), actor=actor).bar_key("/list/")

    in_a_team = replace(first, team_id=7)
    keys = [key(first), key(second), key(colleague), key(in_a_team), key(first, "kind=AGENCY")]
    with translation.override("en"):
        keys.append(key(first))
    assert len(set(keys)) == len(keys)
    assert key(first) == keys[0]
    # Something happened: a new tag, a new colleague, a new city may be among the choices.
    first.organization.pulse.version += 1
    assert key(first) != keys[0]
