"""Fields of a provider's own: typed, seen and filled in by whose they are, required when asked."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden
from core.models import Event
from locations.tests.factories import ServiceCategoryFactory
from subscriptions.choices import FieldKind, FieldNeeded, FieldSide, RequestKind, RequestState
from subscriptions.models import CustomField, RequestBundle, RequestFields
from subscriptions.selectors.custom_fields import columns_for, filled_in, values_of
from subscriptions.services.custom_fields import (
    archive_field,
    change_field,
    clean_value,
    create_field,
    fill_in,
)
from subscriptions.services.requests import move_request
from subscriptions.services.requests.needed import check_needed
from subscriptions.tests.factories import RequestFactory
from subscriptions.tests.sides import text, url
from subscriptions.views.filing_fields import DraftRefused, attach_fields, save_fields
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db


def make(sides, kind=FieldKind.TEXT, label="Serial number", **fields):
    return create_field(sides.operator, kind=kind, label=label, **fields)


def field(kind, **fields):
    return CustomField(kind=kind, label="Cable", **fields)


# --- what may be typed --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (FieldKind.TEXT, "  A  1 \x00", "A 1"),
        (FieldKind.LINES, "one\r\ntwo ", "one\ntwo"),
        (FieldKind.NUMBER, "1 250,50", "1250.50"),
        (FieldKind.NUMBER, "-0.001", "-0.001"),
        (FieldKind.DATE, "2026-02-28", "2026-02-28"),
        (FieldKind.DATE, "1.3.2026", "2026-03-01"),
        (FieldKind.CHOICE, "red", "red"),
        (FieldKind.FLAG, "no", False),
        (FieldKind.FLAG, "YES", True),
        (FieldKind.NUMBER, " ", None),
    ],
)
def test_what_is_typed_becomes_a_value(kind, typed, kept):
    assert clean_value(field(kind, choices=["red", "blue"]), typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (FieldKind.TEXT, "x" * 301),
        (FieldKind.LINES, "x" * 2001),
        (FieldKind.NUMBER, "1e9"),
        (FieldKind.NUMBER, "NaN"),
        (FieldKind.NUMBER, "٣"),
        (FieldKind.NUMBER, "9" * 13),
        (FieldKind.NUMBER, "11"),
        (FieldKind.NUMBER, "-1"),
        (FieldKind.DATE, "30.02.2026"),
        (FieldKind.DATE, "2026-13-01"),
        (FieldKind.DATE, "0001-01-01"),
        (FieldKind.CHOICE, "green"),
        (FieldKind.FLAG, "maybe"),
    ],
)
def test_what_cannot_be_is_refused_beside_the_field(kind, typed):
    wanted = field(kind, choices=["red"], least=Decimal(0), most=Decimal(10))
    with pytest.raises(DomainError) as refused:
        clean_value(wanted, typed)
    assert refused.value.field == f"field_{wanted.code}"


@given(st.sampled_from(list(FieldKind)), st.text(max_size=60))
def test_nothing_that_is_typed_breaks_it(kind, typed):
    try:
        value = clean_value(field(kind, choices=["a", "b"]), typed)
    except DomainError:
        return
    assert value is None or isinstance(value, str | bool)


# --- setting up ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given_fields", "wrong"),
    [
        ({"label": " "}, "label"),
        ({"kind": "SCRIPT"}, "kind"),
        ({"kind": FieldKind.CHOICE, "choices": ["one", "one"]}, "choices"),
        ({"kind": FieldKind.NUMBER, "least": Decimal(2), "most": Decimal(1)}, "most"),
        ({"seen_by": FieldSide.PROVIDER}, "filled_by"),
        ({"seen_by": FieldSide.AGENT}, "seen_by"),
        ({"filled_by": FieldSide.PROVIDER, "needed": FieldNeeded.SUBMIT}, "needed"),
        ({"needed": "reject"}, "needed"),
    ],
)
def test_a_field_that_makes_no_sense_is_refused(sides, given_fields, wrong):
    with pytest.raises(DomainError) as refused:
        make(sides, **given_fields)
    assert refused.value.field == wrong
    assert not CustomField.objects.exists()


def test_managers_of_the_provider_alone_set_up(sides):
    own = make(sides)
    member = make_actor(
        OrganizationKind.PROVIDER, Role.MEMBER, organization=sides.operator.organization
    )
    for actor in (member, sides.agent):
        with pytest.raises(Forbidden):
            create_field(actor, kind=FieldKind.TEXT, label="x")
    with pytest.raises(DomainError):
        change_field(make_actor(OrganizationKind.PROVIDER), own, version=1, label="y")
    with pytest.raises(Conflict):
        change_field(sides.operator, own, version=7, label="y")
    changed = change_field(sides.operator, own, version=1, label="Number of the box")
    assert (changed.label, changed.version) == ("Number of the box", 2)


def test_an_archived_field_keeps_what_was_filled_in(sides):
    own, request = make(sides), sides.request()
    fill_in(sides.agent, request, {own.code: "A1"})
    archive_field(sides.operator, own, archived=True)
    found = filled_in(sides.agent, request)
    assert [line.shown for line in found.lines] == ["A1"]
    assert found.fields == []
    assert filled_in(sides.agent, sides.request()) is None
    with pytest.raises(Forbidden):
        fill_in(sides.agent, request, {own.code: "A2"})
    archive_field(sides.operator, own, archived=False)
    assert fill_in(sides.agent, request, {own.code: ""}) == {}


# --- on a request -------------------------------------------------------------------------------
def test_each_side_sees_and_fills_in_what_is_its_own(sides, sign_in):
    both = make(sides, label="Key at")
    theirs = make(sides, label="Port", seen_by="PROVIDER", filled_by="PROVIDER")
    installers = make(sides, label="Box", filled_by="PROVIDER")
    request = sides.request()
    fill_in(sides.operator, request, {theirs.code: "P-77-secret", installers.code: "B-1"})
    fill_in(sides.agent, request, {both.code: "the concierge"})
    with pytest.raises(Forbidden):
        fill_in(sides.agent, request, {installers.code: "B-2"})
    with pytest.raises(Forbidden):
        fill_in(sides.agent, request, {theirs.code: "P-1"})
    agents, operators = (
        text(sign_in(actor).get(url(request))) for actor in (sides.agent, sides.operator)
    )
    assert "P-77-secret" in operators
    for word in ("B-1", "the concierge"):
        assert word in agents
        assert word in operators
    for word in ("P-77-secret", "Port", theirs.code):
        assert word not in agents
    holders = text(sign_in(sides.holder).get(url(request)))
    for word in ("P-77-secret", "B-1", "the concierge", "own-fields"):
        assert word not in holders
    kinds = dict(Event.objects.filter(kind__contains="fields_").values_list("kind", "data"))
    assert theirs.code not in str(kinds["request.fields_changed"])
    with pytest.raises(Forbidden):
        fill_in(sides.holder, request, {both.code: "x"})


def test_the_page_says_what_is_wrong_and_loses_nothing(sides, sign_in):
    own = make(sides, FieldKind.NUMBER, "Cable", unit="m", most=Decimal(100))
    line = make(sides, label="Box")
    request = sides.request()
    browser = sign_in(sides.operator)
    typed = {"version": "0", f"field_{own.code}": "250", f"field_{line.code}": "B-1"}
    answer = browser.post(url(request, "fields/"), typed)
    assert answer.status_code == 422
    assert 'value="250"' in text(answer)
    assert 'value="B-1"' in text(answer)
    assert not RequestFields.objects.exists()
    typed[f"field_{own.code}"] = "25,5"
    assert browser.post(url(request, "fields/"), typed).status_code == 302
    assert RequestFields.objects.get().values == {own.code: "25.5", line.code: "B-1"}
    late = browser.post(url(request, "fields/"), typed | {f"field_{own.code}": "7"})
    assert late.status_code == 422
    assert RequestFields.objects.get().values[own.code] == "25.5"
    with translation.override("ru"):
        assert "25,5 m" in text(browser.get(url(request)))


def test_what_is_needed_stops_the_move_and_is_named(sides):
    box = make(sides, label="Box", needed=FieldNeeded.APPROVE)
    flag = make(sides, FieldKind.FLAG, "Keys there", needed=FieldNeeded.APPROVE)
    make(sides, label="Of the end", needed=FieldNeeded.CONNECT)
    request = sides.request()
    with pytest.raises(DomainError) as refused:
        move_request(sides.operator, request.number, "approve")
    assert "«Box», «Keys there»" in str(refused.value)
    assert "Of the end" not in str(refused.value)
    # "No" is an answer.
    fill_in(sides.operator, request, {box.code: "B", flag.code: "no"})
    moved = move_request(sides.operator, request.number, "approve")
    assert moved.state == RequestState.APPROVED


def test_what_is_needed_to_connect_is_needed_to_complete_a_relocation(sides):
    box = make(sides, label="Box", needed=FieldNeeded.CONNECT)
    request = sides.request()
    request.kind = RequestKind.SUSPEND
    check_needed(request, "complete")
    request.kind = RequestKind.RELOCATE
    with pytest.raises(DomainError) as refused:
        check_needed(request, "complete")
    assert refused.value.field == "fields"
    fill_in(sides.operator, request, {box.code: "B"})
    check_needed(request, "complete")


def test_a_draft_without_what_filing_needs_is_not_filed(sides):
    needed = make(sides, label="Passport", needed=FieldNeeded.SUBMIT)
    draft = RequestFactory(
        owner=sides.agent.organization, plan=sides.plan, created_by=sides.agent.user
    )
    with pytest.raises(DomainError):
        move_request(sides.agent, draft.number, "submit")
    fill_in(sides.agent, draft, {needed.code: "4509"})
    assert move_request(sides.agent, draft.number, "submit").state == RequestState.SUBMITTED


def test_a_field_of_another_service_or_provider_is_not_asked_for(sides):
    make(sides, needed=FieldNeeded.APPROVE, category=ServiceCategoryFactory(code="tv"))
    other = make_actor(OrganizationKind.PROVIDER)
    create_field(other, kind=FieldKind.TEXT, label="x", needed=FieldNeeded.APPROVE)
    request = sides.request()
    assert filled_in(sides.operator, request) is None
    move_request(sides.operator, request.number, "approve")


# --- lists and exports --------------------------------------------------------------------------
def test_lists_and_exports_have_what_the_reader_may_see(sides):
    both = make(sides, FieldKind.NUMBER, "Cable", unit="m")
    theirs = make(sides, label="Port", seen_by="PROVIDER", filled_by="PROVIDER")
    first, second = sides.request(), sides.request()
    fill_in(sides.operator, first, {both.code: "12.50", theirs.code: "=P1"})
    ids = [first.pk, second.pk]
    assert [(one.name, one.label, one.numeric) for one in columns_for(sides.operator)] == [
        (both.code, "Cable, m", True),
        (theirs.code, "Port", False),
    ]
    assert [one.name for one in columns_for(sides.agent)] == [both.code]
    assert columns_for(sides.holder) == []
    assert values_of(sides.operator, ids) == {first.pk: {both.code: "12,5 m", theirs.code: "=P1"}}
    assert values_of(sides.agent, ids) == {first.pk: {both.code: "12,5 m"}}
    assert values_of(sides.holder, ids) == {}
    assert values_of(make_actor(OrganizationKind.AGENCY), ids) == {}


# --- the pages of setting up --------------------------------------------------------------------
def test_a_manager_adds_changes_and_archives(sides, sign_in):
    browser = sign_in(sides.operator)
    typed = {
        "kind": "CHOICE",
        "label": "Colour",
        "choices_text": "red\nblue",
        "seen_by": "BOTH",
        "filled_by": "BOTH",
        "needed": "",
        "category": "",
    }
    one = browser.post("/requests/setup/fields/new/", typed | {"choices_text": "red"})
    assert one.context["form"].errors["choices_text"]
    assert "Colour" in text(one)
    assert browser.post("/requests/setup/fields/new/", typed).status_code == 302
    own = CustomField.objects.get()
    assert own.choices == ["red", "blue"]
    assert 'value="blue"' in text(browser.get("/requests/setup/"))
    path = f"/requests/setup/fields/{own.public_id}/"
    changed = typed | {"label": "Tone", "version": "1", "position": "3", "kind": "TEXT"}
    assert browser.post(path, changed).status_code == 302
    own.refresh_from_db()
    assert (own.label, own.kind, own.position) == ("Tone", "CHOICE", 3)
    late = browser.post(path, changed | {"label": "Late"})
    assert late.status_code == 409
    assert "Late" in text(late)
    browser.post(f"{path}archive/")
    assert "Tone" in text(browser.get("/requests/setup/"))
    own.refresh_from_db()
    assert own.archived_at is not None
    browser.post(f"{path}archive/", {"restore": "1"})
    own.refresh_from_db()
    assert own.archived_at is None


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_setting_up_costs_the_same_however_much_there_is(
    sides, sign_in, count, django_assert_max_num_queries
):
    for number in range(count):
        make(sides, label=f"Field {number}", category=sides.plan.category)
    browser = sign_in(sides.operator)
    browser.get("/requests/setup/")
    with django_assert_max_num_queries(6):
        page = browser.get("/requests/setup/")
    assert len(page.context["fields"]) == count


# --- while filing -------------------------------------------------------------------------------
def test_the_check_page_asks_for_what_filing_needs_and_keeps_what_is_typed(sides, sign_in):
    needed = make(sides, label="Passport", needed=FieldNeeded.SUBMIT)
    number = make(sides, FieldKind.NUMBER, "Cable", most=Decimal(10))
    make(sides, label="Zqbox", filled_by="PROVIDER")
    bundle = RequestBundle.objects.create(
        owner=sides.agent.organization, form_token=uuid4(), created_at=timezone.now()
    )
    draft = RequestFactory(
        owner=sides.agent.organization, plan=sides.plan, created_by=sides.agent.user, bundle=bundle
    )
    page = text(sign_in(sides.agent).get(f"/requests/check/{bundle.public_id}/"))
    assert f'name="{draft.number}-field_{needed.code}"' in page
    assert "Zqbox" not in page

    def typed(**given):
        codes = {"needed": needed.code, "number": number.code}
        fields = {f"{draft.number}-field_{codes[name]}": text for name, text in given.items()}
        return {f"{draft.number}-version": "0", **fields}

    for given_texts, label in (
        ({"needed": "", "number": "3"}, "Passport"),
        ({"needed": "x", "number": "30"}, "Cable"),
    ):
        with pytest.raises(DraftRefused) as refused:
            save_fields(sides.agent, [draft], typed(**given_texts))
        assert refused.value.number == draft.number
        assert label in str(refused.value)
    assert not RequestFields.objects.exists()
    save_fields(sides.agent, [draft], typed(needed="4509", number="3"))
    assert RequestFields.objects.get().values == {needed.code: "4509", number.code: "3"}
    attach_fields(sides.agent, [draft])
    assert 'value="4509"' in str(draft.own_fields)
