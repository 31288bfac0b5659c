"""How administrators set the desk up in Django admin, and the desk of the first day."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from core.choices import OrganizationKind, StaffScope
from core.parts.icons import path_of
from support.choices import Assignment, MacroFor, Priority
from support.desk_hours import read_week
from support.macros import unknown_variables
from support.models import (
    CategoryField,
    DeskCalendar,
    DeskRule,
    Macro,
    Queue,
    QueueMember,
    ServiceLevel,
    Tag,
    TicketCategory,
)
from support.services.macros import check_macro
from support.tests.desk import an_agent, told
from support.tests.factories import (
    CalendarFactory,
    QueueFactory,
    QueueMemberFactory,
    TicketCategoryFactory,
    TicketFactory,
)
from support.tests.first_day import first_day, set_up, take_away
from users.tests.factories import OrganizationFactory, UserFactory, make_staff
from users.tests.sessions import prove

pytestmark = pytest.mark.django_db

MODELS = ("queue", "ticketcategory", "deskrule", "macro", "tag", "deskcalendar", "servicelevel")


def _page(model, row=None):
    if row is None:
        return reverse(f"admin:support_{model}_add")
    return reverse(f"admin:support_{model}_change", args=[row.pk])


@pytest.fixture
def administrator(sign_in):
    staff = make_staff(StaffScope.ADMIN)
    staff.user.language = "en"
    staff.user.save()
    return prove(sign_in(staff), staff.user)


def _rows(prefix, *rows, initial=0):
    """A formset of an inline as the page posts it."""
    data = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": initial}
    for number, row in enumerate(rows):
        data |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return data


def _refused(answer, name):
    """What is wrong with a field of the form, or of its first inline row."""
    assert answer.status_code == 200
    form = answer.context["adminform"].form
    return form.errors.get(name)


# --- calendars --------------------------------------------------------------------------------
HOURS = {f"day{number}": "9:00-13:00, 14:00–18:00" for number in range(1, 6)}
CALENDAR = {"name": "Office", "time_zone": "Europe/Moscow", "keeps_holidays": "on", **HOURS}


def test_a_calendar_is_written_day_by_day(administrator):
    special = {"day": "2026-12-31", "spans": "10:00–16:00", "note": "short"}
    data = CALENDAR | _rows("days", special, {"day": "2027-01-02", "spans": "", "note": ""})
    assert administrator.post(_page("deskcalendar"), data).status_code == 302
    row = DeskCalendar.objects.get(name="Office")
    assert row.week == [[["09:00", "13:00"], ["14:00", "18:00"]]] * 5 + [[], []]
    assert [day.spans for day in row.days.order_by("day")] == [[["10:00", "16:00"]], []]
    assert told("desk.changed") == [{"what": "calendar", "id": row.pk}]
    page = administrator.get(_page("deskcalendar", row)).content.decode()
    assert "09:00–13:00, 14:00–18:00" in page
    # Nothing changed: nothing is told.
    saved = CALENDAR | {f"day{number}": "09:00–13:00, 14:00–18:00" for number in range(1, 6)}
    days = list(row.days.order_by("day"))
    kept = [
        {"id": day.pk, "calendar": row.pk, "day": day.day, "spans": text, "note": day.note}
        for day, text in zip(days, ("10:00–16:00", ""), strict=True)
    ]
    assert (
        administrator.post(
            _page("deskcalendar", row), saved | _rows("days", *kept, initial=2)
        ).status_code
        == 302
    )
    assert len(told("desk.changed")) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("day1", "from nine"),
        ("day1", "18:00–09:00"),
        ("day1", "09:00–13:00, 12:00–18:00"),
        ("day1", "09:00–25:00"),
        ("day2", "09:00"),
        ("time_zone", "Moon/Crater"),
    ],
)
def test_hours_that_no_clock_shows_are_refused(administrator, name, text):
    answer = administrator.post(_page("deskcalendar"), CALENDAR | {name: text} | _rows("days"))
    assert _refused(answer, name)
    assert not DeskCalendar.objects.filter(name="Office").exists()


def test_a_week_has_a_day_on_which_somebody_works(administrator):
    empty = {"name": "Never", "time_zone": "Europe/Moscow", **_rows("days")}
    assert _refused(administrator.post(_page("deskcalendar"), empty), "__all__")


# --- queues -----------------------------------------------------------------------------------
def _queue(**fields):
    return {
        "name": "Money",
        "position": 5,
        "assignment": Assignment.ROUND_ROBIN,
        "calendar": CalendarFactory().pk,
        "is_active": "on",
        **fields,
    }


def test_a_queue_has_members_of_the_desk(administrator):
    agent, other = an_agent().user, UserFactory()
    data = _queue(is_default="on")
    former = QueueFactory(is_default=True)
    member = {"user": agent.pk, "is_on_duty": "on", "most_open": 3}
    answer = administrator.post(
        _page("queue"), data | _rows("members", member | {"user": other.pk})
    )
    assert answer.status_code == 200
    answer = administrator.post(_page("queue"), data | _rows("members", member))
    assert answer.status_code == 302
    row = Queue.objects.get(name="Money")
    assert [(one.user, one.most_open) for one in row.members.all()] == [(agent, 3)]
    former.refresh_from_db()
    assert list(Queue.objects.filter(is_default=True)) == [row]
    assert LogEntry.objects.filter(object_id=str(row.pk), object_repr="Money").exists()


def test_a_member_who_left_the_desk_does_not_spoil_the_page(administrator):
    queue = QueueFactory(position=1)
    gone = QueueMemberFactory(queue=queue, user=an_agent().user)
    gone.user.is_active = False
    gone.user.save()
    data = _queue(name=queue.name, calendar=queue.calendar_id)
    row = {"id": gone.pk, "queue": queue.pk, "user": gone.user_id, "most_open": 0}
    answer = administrator.post(_page("queue", queue), data | _rows("members", row, initial=1))
    assert answer.status_code == 302
    assert QueueMember.objects.get(pk=gone.pk).is_on_duty is False


def test_one_queue_stays_in_use_and_takes_the_rest(administrator):
    last = QueueFactory(is_default=True)
    data = _queue(name=last.name, calendar=last.calendar_id, **_rows("members"))
    del data["is_active"]
    assert _refused(administrator.post(_page("queue", last), data), "is_active")
    both = administrator.post(_page("queue", last), data | {"is_default": "on"})
    assert _refused(both, "is_default")
    QueueFactory()
    assert _refused(administrator.post(_page("queue", last), data), "is_active")


# --- categories -------------------------------------------------------------------------------
def _category(**fields):
    return {
        "name": "Lifts",
        "icon": "elevator",
        "queue": QueueFactory().pk,
        "priority": Priority.HIGH,
        "position": 1,
        **fields,
    }


FIELD = {"label": "Which", "kind": "CHOICE", "choices": "Left\n\n Right \nLeft", "position": 1}


def test_a_category_has_fields(administrator):
    data = _category(kinds=[OrganizationKind.BUILDER], asks_place="on", is_outage="on")
    answer = administrator.post(_page("ticketcategory"), data | _rows("fields", FIELD))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row = TicketCategory.objects.get(name="Lifts")
    assert (row.kinds, row.is_outage) == (["BUILDER"], True)
    field = row.fields.get()
    assert (field.kind, field.choices) == ("CHOICE", ["Left", "Right"])
    # Out of use, the field and all.
    kept = {"id": field.pk, "category": row.pk, **FIELD, "archived": "on"}
    again = data | {"archived": "on"} | _rows("fields", kept, initial=1)
    assert administrator.post(_page("ticketcategory", row), again).status_code == 302
    row.refresh_from_db()
    assert row.archived_at is not None
    assert row.fields.get().archived_at is not None
    back = data | _rows("fields", kept | {"archived": ""}, initial=1)
    assert administrator.post(_page("ticketcategory", row), back).status_code == 302
    row.refresh_from_db()
    assert (row.archived_at, row.fields.get().archived_at) == (None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"choices": "One"},
        {"choices": "\n".join(f"line {number}" for number in range(51))},
        {"choices": f"one\n{'x' * 81}"},
        {"is_required": "on", "is_internal": "on"},
        {"kind": "PICTURE"},
        {"label": ""},
    ],
)
def test_a_field_that_nobody_could_fill_in_is_refused(administrator, wrong):
    data = _category() | _rows("fields", FIELD | wrong)
    assert administrator.post(_page("ticketcategory"), data).status_code == 200
    assert not CategoryField.objects.filter(label="Which").exists()


def test_what_tickets_hold_values_of_stays_what_it_is(administrator):
    category = TicketCategoryFactory()
    field = CategoryField.objects.create(category=category, label="Which")
    data = _category(name=category.name, queue=category.queue_id)
    row = {"id": field.pk, "category": category.pk, **FIELD}
    answer = administrator.post(
        _page("ticketcategory", category), data | _rows("fields", row, initial=1)
    )
    assert answer.status_code == 200
    field.refresh_from_db()
    assert field.kind == "TEXT"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"icon": "no-such-icon"}, "icon"),
        ({"icon": "../../etc/passwd"}, "icon"),
        ({"is_outage": "on"}, "asks_place"),
        ({"kinds": ["STRANGER"]}, "kinds"),
        ({"queue": 0}, "queue"),
    ],
)
def test_a_category_that_makes_no_sense_is_refused(administrator, wrong, field):
    answer = administrator.post(_page("ticketcategory"), _category(**wrong) | _rows("fields"))
    assert _refused(answer, field)


# --- rules, macros, tags, promises ------------------------------------------------------------
def test_a_rule_says_when_and_what(administrator):
    agent, queue, tag = an_agent().user, QueueFactory(), Tag.objects.create(name="vip")
    good = {
        "name": "Important",
        "position": 1,
        "is_active": "on",
        "kind": "BUILDER",
        "words": "lift, lifts",
        "queue": queue.pk,
        "assignee": agent.pk,
        "tags": [tag.pk],
    }
    nothing = {"queue": "", "assignee": "", "tags": []}
    wrong = [
        (nothing, "__all__"),
        ({"words": "?!, ;"}, "words"),
        ({"assignee": UserFactory().pk}, "assignee"),
        (
            {"organization": OrganizationFactory(kind=OrganizationKind.AGENCY).pk},
            "kind",
        ),
    ]
    for change, field in wrong:
        assert _refused(administrator.post(_page("deskrule"), good | change), field)
    assert administrator.post(_page("deskrule"), good).status_code == 302
    row = DeskRule.objects.get()
    assert (row.queue, row.assignee, list(row.tags.all())) == (queue, agent, [tag])
    delete = reverse("admin:support_deskrule_delete", args=[row.pk])
    assert administrator.post(delete, {"post": "yes"}).status_code == 302
    assert told("desk.changed") == [{"what": "rule", "id": row.pk}] * 2


def test_support_keeps_macros_and_tags_and_reads_the_rest(sign_in):
    agent = make_staff(StaffScope.SUPPORT)
    browser = prove(sign_in(agent), agent.user)
    good = {
        "name": "Thanks",
        "body": "Thanks, {{ customer.name }}",
        "into": "ANSWER",
        "position": 0,
    }
    for wrong in ({"body": "{{ password }}"}, {"body": ""}, {"state": "ON_HOLD"}):
        assert browser.post(_page("macro"), good | wrong).status_code == 200
    assert browser.post(_page("macro"), good).status_code == 302
    macro = Macro.objects.get(name="Thanks")
    assert macro.owner is None
    archived = good | {"archived": "on"}
    assert browser.post(_page("macro", macro), archived).status_code == 302
    macro.refresh_from_db()
    assert macro.archived_at is not None
    assert browser.post(_page("tag"), {"name": "  Very  VIP "}).status_code == 302
    assert browser.post(_page("tag"), {"name": "very vip"}).status_code == 200
    assert Tag.objects.get().name == "very vip"
    for model in MODELS:
        assert browser.get(reverse(f"admin:support_{model}_changelist")).status_code == 200
    for model in set(MODELS) - {"macro", "tag"}:
        assert browser.post(_page(model), {"name": "New"}).status_code == 403
    tag = Tag.objects.get()
    delete = reverse("admin:support_tag_delete", args=[tag.pk])
    assert browser.post(delete, {"post": "yes"}).status_code == 403


def test_ones_own_macros_are_not_in_the_admin(administrator):
    own = Macro.objects.create(name="Own words", body="x", owner=an_agent().user)
    assert administrator.get(_page("macro", own)).status_code == 302
    assert "Own words" not in administrator.get("/admin/support/macro/").content.decode()


@pytest.mark.parametrize("scope", [StaffScope.ACCOUNT_MANAGER, StaffScope.CONTENT])
def test_the_others_of_the_staff_do_not_see_how_it_is_set_up(sign_in, scope):
    browser = sign_in(make_staff(scope))
    for model in MODELS:
        assert browser.get(reverse(f"admin:support_{model}_changelist")).status_code == 403


def test_what_tickets_name_cannot_be_deleted(administrator):
    ticket = TicketFactory(category=TicketCategoryFactory())
    macro = Macro.objects.create(name="Macro", body="x")
    for model, row in (
        ("queue", ticket.queue), ("ticketcategory", ticket.category), ("macro", macro),
    ):  # fmt: skip
        path = reverse(f"admin:support_{model}_delete", args=[row.pk])
        assert administrator.post(path, {"post": "yes"}).status_code == 403


def test_a_promise_is_made_once_for_each_customer(administrator):
    ServiceLevel.objects.all().delete()
    owner = OrganizationFactory()
    good = {"priority": "HIGH", "first_minutes": 30}
    scopes = [{}, {"kind": "BUILDER"}, {"organization": owner.pk}]
    for scope in scopes:
        assert administrator.post(_page("servicelevel"), good | scope).status_code == 302
    for scope in scopes:
        assert _refused(administrator.post(_page("servicelevel"), good | scope), "priority")
    both = good | {"priority": "LOW", "kind": "BUILDER", "organization": owner.pk}
    assert _refused(administrator.post(_page("servicelevel"), both), "kind")
    assert _refused(administrator.post(_page("servicelevel"), {"priority": "LOW"}), "__all__")
    row = ServiceLevel.objects.first()
    again = {"priority": "HIGH", "first_minutes": 45}
    assert administrator.post(_page("servicelevel", row), again).status_code == 302
    assert ServiceLevel.objects.count() == 3


# --- the first day ----------------------------------------------------------------------------
@pytest.fixture
def _fresh():
    set_up()


@pytest.mark.usefixtures("_fresh")
def test_a_fresh_desk_works():
    names = [row[0] for row in first_day().CATEGORIES]
    assert list(TicketCategory.objects.values_list("name", flat=True)) == names
    assert [queue.name for queue in Queue.objects.filter(is_default=True)] == ["Первая линия"]
    assert set(ServiceLevel.objects.values_list("priority", flat=True)) == set(Priority.values)
    for calendar in DeskCalendar.objects.all():
        read_week(calendar.week)
    for category in TicketCategory.objects.all():
        assert path_of(category.icon).exists(), category.icon
    assert Macro.objects.count() >= 12
    for macro in Macro.objects.all():
        check_macro(macro)
        assert unknown_variables(macro.body) == []
        assert (macro.into, macro.owner) == (MacroFor.ANSWER, None)
    outage = TicketCategory.objects.get(is_outage=True)
    assert (outage.asks_place, [row.kind for row in outage.fields.all()]) == (
        True, ["CHOICE", "TEXT"],
    )  # fmt: skip


@pytest.mark.usefixtures("_fresh")
def test_it_is_set_up_once_and_what_was_changed_stays():
    Queue.objects.filter(name="Первая линия").update(position=77)
    Macro.objects.filter(name="Решено").update(body="Own words")
    models = (Queue, TicketCategory, CategoryField, Macro, ServiceLevel, DeskCalendar)
    counts = [model.objects.count() for model in models]
    set_up()
    assert counts == [model.objects.count() for model in models]
    assert Queue.objects.get(name="Первая линия").position == 77
    assert Macro.objects.get(name="Решено").body == "Own words"


@pytest.mark.usefixtures("_fresh")
def test_it_can_be_taken_back_but_for_what_tickets_use():
    category = TicketCategory.objects.get(name="Не работает услуга")
    TicketFactory(category=category, queue=category.queue)
    take_away()
    assert [row.name for row in TicketCategory.objects.all()] == [category.name]
    assert [row.name for row in Queue.objects.all()] == ["Первая линия"]
    assert [row.name for row in DeskCalendar.objects.all()] == ["Ежедневно 9–21"]
    assert (Macro.objects.count(), ServiceLevel.objects.count()) == (0, 0)
    set_up()
    assert TicketCategory.objects.count() == len(first_day().CATEGORIES)
