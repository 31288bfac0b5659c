"""The page of one subscription: terms, papers, notes, tags, prices; who may, and who sees."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event
from core.tests.reading import seen
from subscriptions.choices import ExitRule, PriceReason, RequestState, SubscriptionState
from subscriptions.models import (
    CostCentre,
    SubscriptionFile,
    SubscriptionNote,
    SubscriptionTag,
)
from subscriptions.services.centre.documents import add_paper
from subscriptions.services.centre.records import (
    change_terms,
    end_own,
    set_own_price,
    write_note,
)
from subscriptions.services.centre.sorting import (
    assign_cost_centre,
    carry_over,
    cost_centre_named,
    put_tag,
    remove,
    rename,
    tag_named,
    take_tag,
)
from subscriptions.services.prices import set_price
from subscriptions.tests.centre import company, held
from subscriptions.tests.factories import PlanFactory, request_in
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, tzinfo=timezone.get_fixed_timezone(0))
TERMS = {
    "contract_number": "У-1184/25",
    "account_number": "100200",
    "term_ends_on": date(2027, 2, 28),
    "renew_months": 12,
}


@pytest.fixture(autouse=True)
def november():
    with clock.set_to(NOW):
        yield


@pytest.fixture
def holder():
    return company()


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY)


@pytest.fixture
def row(holder, operator):
    return held(
        holder.organization,
        plan=PlanFactory(provider=operator.organization),
        since=date(2026, 1, 1),
    )


def pdf(name="договор.pdf"):
    return SimpleUploadedFile(name, b"%PDF-1.4 contract")


class TestTerms:
    def test_both_sides_write_them(self, row, holder, operator):
        change_terms(holder, row, version=1, terms=TERMS)
        row.refresh_from_db()
        assert {name: getattr(row, name) for name in TERMS} == TERMS
        change_terms(operator, row, version=2, terms={"account_number": " 7  8 "})
        row.refresh_from_db()
        assert (row.account_number, row.version) == ("7 8", 3)
        told = Event.objects.filter(kind="subscription.terms_changed").order_by("pk")
        assert [event.data["fields"] for event in told] == [list(TERMS), ["account_number"]]

    def test_who_filed_writes_them_until_the_client_takes_over(self, agent, operator, holder):
        plan = PlanFactory(provider=operator.organization)
        row = held(None, owner=agent.organization, plan=plan)
        change_terms(agent, row, version=1, terms={"contract_number": "1"})
        row.refresh_from_db()
        row.holder = holder.organization
        row.save()
        with pytest.raises(Forbidden):
            change_terms(agent, row, version=2, terms={"contract_number": "2"})

    def test_members_and_strangers_do_not(self, row, holder):
        member = make_actor(role=Role.MEMBER, organization=holder.organization)
        with pytest.raises(Forbidden):
            change_terms(member, row, version=1, terms=TERMS)
        with pytest.raises(NotVisible):
            change_terms(company(), row, version=1, terms=TERMS)

    def test_an_edit_of_an_older_version_shows_the_others(self, row, holder, sign_in):
        browser = sign_in(holder)
        change_terms(holder, row, version=1, terms={"contract_number": "КОЛЛЕГА-5"})
        answer = browser.post(
            f"/subscriptions/{row.number}/terms/",
            {"contract_number": "МОЙ-6", "renew_months": "0", "version": "1"},
        )
        assert answer.status_code == 409
        content = answer.content.decode()
        assert "КОЛЛЕГА-5" in content
        assert "МОЙ-6" in content
        row.refresh_from_db()
        assert row.contract_number == "КОЛЛЕГА-5"

    @pytest.mark.parametrize(
        ("terms", "field"),
        [
            ({"contract_number": "x" * 61}, "contract_number"),
            ({"contract_number": "a\x00b"}, "contract_number"),
            ({"renew_months": 3}, "term_ends_on"),
            ({"renew_months": 61, "term_ends_on": date(2027, 1, 1)}, "renew_months"),
            ({"term_ends_on": date(2025, 12, 31)}, "term_ends_on"),
        ],
    )
    def test_what_cannot_be_is_said_beside_its_field(self, row, holder, terms, field):
        with pytest.raises(DomainError) as refused:
            change_terms(holder, row, version=1, terms=terms)
        assert refused.value.field == field
        row.refresh_from_db()
        assert row.version == 1

    @pytest.mark.parametrize("terms", [{"term_ends_on": None}, {"renew_months": 1}])
    def test_a_term_that_leaving_costs_for_is_not_its_payers(self, row, holder, operator, terms):
        bind(row)
        with pytest.raises(DomainError) as refused:
            change_terms(holder, row, version=1, terms=terms)
        assert refused.value.field == "term_ends_on"
        named = {"contract_number": "A-1", "term_ends_on": row.term_ends_on}
        assert change_terms(holder, row, version=1, terms=named).contract_number == "A-1"

    @pytest.mark.parametrize(
        ("terms", "field"),
        [
            ({"term_ends_on": date(2027, 5, 2)}, "term_ends_on"),
            ({"renew_months": 7}, "renew_months"),
        ],
    )
    def test_nor_is_it_its_providers_to_make_longer(self, row, operator, terms, field):
        bind(row)
        with pytest.raises(DomainError) as refused:
            change_terms(operator, row, version=1, terms=terms)
        assert refused.value.field == field
        shorter = {"term_ends_on": date(2027, 4, 30), "renew_months": 0}
        assert change_terms(operator, row, version=1, terms=shorter).version == 2
        gone = {"term_ends_on": None}
        assert change_terms(operator, row, version=2, terms=gone).term_ends_on is None

    def test_fields_that_the_form_does_not_offer_do_not_stick(self, row, holder, sign_in):
        sign_in(holder).post(
            f"/subscriptions/{row.number}/terms/",
            {"version": "1", "renew_months": "0", "price": "1", "state": "ENDED", "holder": "1"},
        )
        row.refresh_from_db()
        assert (row.price, row.state, row.holder_id) == (
            Decimal(500),
            "ACTIVE",
            holder.organization.pk,
        )


def bind(row):
    """Leaving before May 2027 costs something, and then it renews by half a year."""
    row.term_ends_on, row.renew_months = date(2027, 5, 1), 6
    row.exit_rule, row.exit_value = ExitRule.FIXED, Decimal(900)
    row.owner = make_actor().organization
    row.save()


class TestPapers:
    def test_they_are_kept_and_handed_out_to_who_knows_the_cost(
        self, row, holder, operator, agent, sign_in
    ):
        row.owner = agent.organization
        row.save()
        browser = sign_in(holder)
        answer = browser.post(
            f"/subscriptions/{row.number}/files/", {"kind": "CONTRACT", "file": pdf()}
        )
        assert answer.status_code == 302
        paper = SubscriptionFile.objects.get()
        url = f"/subscriptions/{row.number}/files/{paper.public_id}/"
        for actor, status in ((holder, 200), (operator, 200), (agent, 404), (company(), 404)):
            answer = sign_in(actor).get(url)
            assert answer.status_code == status
            if answer.streaming:
                assert b"".join(answer.streaming_content).startswith(b"%PDF")
        assert "договор.pdf" in seen(sign_in(operator).get(f"/subscriptions/{row.number}/"))
        assert "договор.pdf" not in seen(sign_in(agent).get(f"/subscriptions/{row.number}/"))

    def test_what_is_no_document_is_refused_beside_the_field(self, row, holder, sign_in):
        bad = SimpleUploadedFile("page.pdf", b"<html>")
        answer = sign_in(holder).post(
            f"/subscriptions/{row.number}/files/", {"kind": "ACT", "file": bad}
        )
        assert answer.status_code == 422
        assert not SubscriptionFile.objects.exists()
        with pytest.raises(DomainError) as refused:
            add_paper(holder, row, pdf(), "LETTER")
        assert refused.value.field == "kind"

    def test_only_their_own_side_removes_them(self, row, holder, operator, sign_in, run_jobs):
        paper = add_paper(holder, row, pdf(), "INVOICE")
        url = f"/subscriptions/{row.number}/files/{paper.public_id}/remove/"
        assert sign_in(operator).post(url).status_code == 403
        viewer = make_actor(role=Role.VIEWER, organization=holder.organization)
        assert sign_in(viewer).post(url).status_code == 403
        storage, name = paper.file.storage, paper.file.name
        assert sign_in(holder).post(url).status_code == 302
        run_jobs()
        assert not storage.exists(name)


class TestOwn:
    def test_a_note_is_read_by_its_organization_alone(self, row, holder, operator, sign_in):
        write_note(holder, row, text="Секретный план ухода", version=0)
        assert (
            "Секретный план"
            in sign_in(holder).get(f"/subscriptions/{row.number}/").content.decode()
        )
        assert (
            "Секретный план"
            not in sign_in(operator).get(f"/subscriptions/{row.number}/").content.decode()
        )
        write_note(operator, row, text="Должник", version=0)
        assert SubscriptionNote.objects.count() == 2

    def test_a_note_written_over_a_colleagues_is_refused(self, row, holder, sign_in):
        write_note(holder, row, text="раз", version=0)
        with pytest.raises(Conflict):
            write_note(holder, row, text="два", version=0)
        answer = sign_in(holder).post(
            f"/subscriptions/{row.number}/note/", {"text": "не потерять", "version": "0"}
        )
        assert answer.status_code == 422
        assert "не потерять" in answer.content.decode()
        write_note(holder, row, text="три", version=1)
        assert SubscriptionNote.objects.get().text == "три"

    def test_tags_are_made_put_and_taken_off(self, row, holder, operator):
        other = held(holder.organization)
        assert put_tag(holder, [row.number, other.number], "Важное") == 2
        assert put_tag(holder, [row.number], "важное") == 0
        assert SubscriptionTag.objects.get().name == "Важное"
        assert take_tag(holder, [row.number], "ВАЖНОЕ") == 1
        with pytest.raises(DomainError):
            take_tag(operator, [row.number], "важное")
        with pytest.raises(Conflict):
            put_tag(holder, [row.number, held(company().organization).number], "x")
        with pytest.raises(Forbidden):
            put_tag(make_actor(role=Role.VIEWER, organization=holder.organization), [], "x")

    def test_cost_centres_are_the_managers(self, row, holder, run_jobs):
        centre = cost_centre_named(holder, "Склад")
        assert assign_cost_centre(holder, [row.number], centre) == 1
        assert assign_cost_centre(holder, [row.number], centre) == 0
        row.refresh_from_db()
        # Nobody's edit of the terms is refused for it.
        assert (row.cost_centre_id, row.version) == (centre.pk, 1)
        member = make_actor(role=Role.MEMBER, organization=holder.organization)
        with pytest.raises(Forbidden):
            assign_cost_centre(member, [row.number], None)
        with pytest.raises(NotVisible):
            assign_cost_centre(company(), [row.number], centre)
        remove(holder, centre)
        row.refresh_from_db()
        assert row.cost_centre_id is None

    def test_a_service_that_takes_its_place_is_sorted_alike(self, row, holder, run_jobs):
        put_tag(holder, [row.number], "важное")
        assign_cost_centre(holder, [row.number], cost_centre_named(holder, "Склад"))
        row.refresh_from_db()
        following = held(holder.organization)
        carry_over(row, following)
        following.refresh_from_db()
        assert following.cost_centre.name == "Склад"
        assert [tag.name for tag in following.tags.all()] == ["важное"]

    def test_words_are_renamed_once_each(self, holder):
        one, _two = tag_named(holder, "один"), tag_named(holder, "два")
        with pytest.raises(DomainError) as refused:
            rename(holder, one, "ДВА")
        assert refused.value.field == "name"
        assert rename(holder, one, "три").name == "три"
        with pytest.raises(NotVisible):
            rename(company(), one, "чужое")
        for name in ("", " ", "x" * 41, "a\x00"):
            with pytest.raises(DomainError):
                tag_named(holder, name)

    def test_rows_are_sorted_in_bulk_from_the_list(self, row, holder, sign_in):
        centre = CostCentre.objects.create(owner=holder.organization, name="Склад")
        browser = sign_in(holder)
        for data in (
            {"do": "tag", "tag": "важное"},
            {"do": "centre", "centre": str(centre.pk)},
        ):
            answer = browser.post(
                "/subscriptions/bulk/", {"selected": [row.number], "back": "/x", **data}
            )
            assert answer.status_code == 302
        row.refresh_from_db()
        assert row.cost_centre_id == centre.pk
        assert row.tags.count() == 1
        away = browser.post(
            "/subscriptions/bulk/", {"do": "tag", "tag": "x", "back": "//evil.example/"}
        )
        assert away.url == "/subscriptions/"


class TestRecord:
    def test_a_price_and_an_end_are_written_down(self, row, holder):
        set_own_price(holder, row, version=1, price=Decimal("650.50"), starts_on=date(2026, 11, 1))
        row.refresh_from_db()
        assert row.price == Decimal("650.50")
        end_own(holder, row, version=row.version, last_day=date(2026, 11, 10))
        row.refresh_from_db()
        assert row.state == SubscriptionState.ENDED
        assert row.prices.get(price=Decimal("650.50")).ends_on == date(2026, 11, 10)
        with pytest.raises(DomainError):
            end_own(holder, row, version=row.version, last_day=date(2026, 11, 10))

    def test_while_it_is_suspended_too(self, row, holder, run_jobs):
        row.state, row.suspended_until = SubscriptionState.SUSPENDED, date(2026, 12, 1)
        row.resume_price = Decimal(500)
        row.save()
        set_own_price(holder, row, version=1, price=Decimal(650), starts_on=date(2026, 11, 1))
        row.refresh_from_db()
        assert (row.price, row.resume_price) == (650, 650)
        # What had been agreed for a day lapses when the end is written down.
        agreed = request_in(RequestState.CONNECTED, subscription=row, apply_on=date(2026, 12, 5))
        end_own(holder, row, version=row.version, last_day=date(2026, 11, 10))
        run_jobs()
        row.refresh_from_db()
        assert (row.suspended_until, row.resume_price) == (None, None)
        agreed.refresh_from_db()
        assert agreed.apply_on is None

    def test_it_is_only_for_what_came_out_of_no_request(self, row, holder, operator, sign_in):
        assert sign_in(operator).get(f"/subscriptions/{row.number}/price/").status_code == 403
        row.owner = make_actor().organization
        row.save()
        for path in ("price", "end"):
            answer = sign_in(holder).get(f"/subscriptions/{row.number}/{path}/")
            assert answer.status_code == 403

    @pytest.mark.parametrize("day", [date(2026, 11, 20), date(2025, 12, 31)])
    def test_days_that_cannot_be_are_refused(self, row, holder, sign_in, day):
        answer = sign_in(holder).post(
            f"/subscriptions/{row.number}/price/",
            {"price": "1", "starts_on": day.isoformat(), "version": "1"},
        )
        assert answer.status_code == 422
        assert row.prices.count() == 1


def test_prices_are_steps_with_a_table(row, holder, sign_in):
    set_price(
        row,
        price=Decimal(800),
        starts_on=date(2026, 6, 1),
        reason=PriceReason.PRICE_CHANGED,
    )
    page = sign_in(holder).get(f"/subscriptions/{row.number}/")
    chart = page.context["step_chart"]
    # 1 January to 18 November are 321 days; the first of June is the 151st after the first.
    step = f"{151 / 321 * 600:.1f}"
    assert chart.past == f"0.0,38.0 {step},38.0 {step},2.0 600.0,2.0"
    words = seen(page).replace("\xa0", " ")
    assert "800 ₽" in words
    assert "500 ₽" in words
    assert [one.price for one in page.context["steps"]] == [Decimal(800), Decimal(500)]
