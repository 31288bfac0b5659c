"""Who is told of what happens to a ticket: by the bell, by letter, and who is not."""

import pytest
from django.urls import reverse
from django.utils import timezone

from core.actor import system_actor
from core.choices import Role, StaffScope
from core.events import emit_many
from core.events.emit import Draft
from core.models import Delivery, Notification
from core.notifications.reading import lines_of, newest_of, notifications_of, unread_count
from support.choices import Channel
from support.models import Observer, Ticket
from support.services.moving import move_ticket
from support.services.opening import NewTicket, open_ticket
from support.services.parties import parties_of
from support.services.talking import add_note, answer
from support.tests.factories import QueueMemberFactory
from support.tests.people import account_manager, around, customer, desk_worker, opened
from users.models import Membership, Organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return customer()


@pytest.fixture
def staff():
    return desk_worker()


@pytest.fixture
def ticket(owner):
    return opened(owner)


@pytest.fixture
def told(run_jobs):
    """A function: what an act tells to whom; (person, for which organization) → kinds."""

    def _told(act) -> dict[tuple[int, int | None], list[str]]:
        run_jobs()
        last = Notification.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        act()
        run_jobs()
        found: dict[tuple[int, int | None], list[str]] = {}
        for row in Notification.objects.filter(pk__gt=last).select_related("event").order_by("pk"):
            found.setdefault((row.user_id, row.organization_id), []).append(row.event.kind)
        return found

    return _told


def observe(ticket, actor) -> None:
    Observer.objects.create(ticket=ticket, user=actor.user, created_at=timezone.now())


def as_member(actor):
    return (actor.user_id, actor.organization_id)


def as_staff(actor):
    return (actor.user_id, None)


# --- customers --------------------------------------------------------------------------------
def test_an_answer_is_told_to_who_asked_and_who_observes_and_not_to_all_managers(
    owner, ticket, staff, told
):
    people = around(owner)
    customer(Role.OWNER, owner.organization)
    observe(ticket, people["colleague"])
    observe(ticket, people["other tenant"])
    found = told(lambda: answer(staff, ticket, "We look at it"))
    assert found == {
        as_member(owner): ["ticket.answered"],
        as_member(people["colleague"]): ["ticket.answered"],
    }


def test_where_nobody_of_them_is_left_those_who_lead_are_told(owner, ticket, staff, told):
    head = customer(Role.OWNER, owner.organization)
    customer(organization=owner.organization)
    Membership.objects.filter(user=owner.user).update(is_active=False)
    assert told(lambda: answer(staff, ticket, "Hello?")) == {as_member(head): ["ticket.answered"]}


def test_a_ticket_that_staff_wrote_down_is_told_to_whom_it_is_for(owner, ticket, staff, told):
    new = NewTicket("Called", "Says that")
    found = told(lambda: open_ticket(staff, new, owner=owner.organization, requester=owner.user))
    assert found == {as_member(owner): ["ticket.opened"]}


@pytest.mark.parametrize("then", ["", "solve", "await_customer"])
def test_nobody_gets_two_letters_for_one_answer(owner, ticket, staff, told, mailoutbox, then):
    colleague = around(owner)["colleague"]
    observe(ticket, colleague)
    found = told(lambda: answer(staff, ticket, "Look at the cable", then=then))
    assert found == {
        as_member(owner): ["ticket.answered"],
        as_member(colleague): ["ticket.answered"],
    }
    # The bell has rung; of the answer there is the letter of the desk and no other.
    assert not Delivery.objects.filter(event__kind="ticket.answered").exists()
    assert sorted(mail.to for mail in mailoutbox) == sorted(
        [[owner.user.email], [colleague.user.email]]
    )
    assert all("Look at the cable" in mail.body for mail in mailoutbox)


def test_what_is_solved_without_a_word_is_told_by_letter(owner, ticket, staff, told, mailoutbox):
    found = told(lambda: move_ticket(staff, ticket.number, "solve"))
    assert found == {as_member(owner): ["ticket.solved"]}
    assert [mail.to for mail in mailoutbox] == [[owner.user.email]]


def test_whoever_wrote_a_letter_is_not_told_that_they_did(owner, told):
    opened(owner)

    def by_letter():
        open_ticket(
            system_actor(),
            NewTicket("By mail", "Words"),
            channel=Channel.MAIL,
            owner=owner.organization,
            requester=owner.user,
        )

    assert told(by_letter) == {}


# --- staff ------------------------------------------------------------------------------------
def test_a_new_ticket_is_told_to_nobody_but_whom_it_is_given_to(owner, staff, told):
    desk_worker()
    assert told(lambda: opened(owner)) == {}
    ticket = Ticket.objects.get()
    Ticket.objects.filter(pk=ticket.pk).update(assignee=staff.user)

    def given():
        drafts = [
            Draft(
                "ticket.assigned",
                ticket,
                parties_of(ticket),
                {"number": ticket.number, "assignee": staff.user_id, "by_rule": True},
            )
        ]
        emit_many(desk_worker(), drafts)

    assert told(given) == {as_staff(staff): ["ticket.assigned"]}


def test_a_reply_is_told_to_who_works_it_and_to_staff_who_observe(owner, ticket, staff, told):
    watcher, other, gone = desk_worker(), desk_worker(), desk_worker(StaffScope.CONTENT)
    Ticket.objects.filter(pk=ticket.pk).update(assignee=staff.user)
    observe(ticket, watcher)
    observe(ticket, gone)
    found = told(lambda: answer(owner, ticket, "Still nothing"))
    assert found == {
        as_staff(staff): ["ticket.replied"],
        as_staff(watcher): ["ticket.replied"],
    }
    assert not Delivery.objects.filter(user=staff.user).exists()
    assert as_staff(other) not in found
    answered = told(lambda: answer(other, ticket, "I help out"))
    assert answered[as_staff(staff)] == ["ticket.answered"]


def test_who_is_mentioned_in_a_note_is_told_and_no_customer(owner, ticket, staff, told):
    named, manager = desk_worker(), account_manager(owner.organization)
    observe(ticket, desk_worker())
    text = f"@{named.user.email} @{manager.user.email} look"
    found = told(lambda: add_note(staff, ticket, text))
    assert found == {
        as_staff(named): ["ticket.noted"],
        as_staff(manager): ["ticket.noted"],
    }
    assert told(lambda: add_note(staff, ticket, "To nobody")) == {}


def desk_event(actor, ticket, kind, **data):
    drafts = [Draft(kind, ticket, parties_of(ticket), {"number": ticket.number, **data})]
    return lambda: emit_many(actor, drafts)


def test_deadlines_are_told_to_who_can_do_something(owner, ticket, staff, told):
    on_duty = QueueMemberFactory(queue=ticket.queue, user=desk_worker().user)
    QueueMemberFactory(queue=ticket.queue, user=desk_worker().user, is_on_duty=False)
    admin = desk_worker(StaffScope.ADMIN)
    soon = desk_event(system_actor(), ticket, "ticket.due_soon", deadline="FIRST")
    assert told(soon) == {(on_duty.user_id, None): ["ticket.due_soon"]}
    Ticket.objects.filter(pk=ticket.pk).update(assignee=staff.user)
    assert told(soon) == {as_staff(staff): ["ticket.due_soon"]}
    missed = desk_event(system_actor(), ticket, "ticket.escalated", deadline="FIRST", level=1)
    assert set(told(missed)) == {as_staff(staff), as_staff(admin), (on_duty.user_id, None)}


def test_nothing_of_a_sandbox_leaves_the_portal(owner, ticket, staff, told, mailoutbox):
    Organization.objects.filter(pk=owner.organization_id).update(is_sandbox=True)
    found = told(
        desk_event(desk_worker(), ticket, "ticket.assigned", assignee=staff.user_id, by_rule=False)
    )
    assert found == {as_staff(staff): ["ticket.assigned"]}
    assert not Delivery.objects.exists()
    assert mailoutbox == []


def test_a_letter_to_staff_says_why_they_get_it(owner, ticket, staff, told, mailoutbox):
    told(
        desk_event(desk_worker(), ticket, "ticket.assigned", assignee=staff.user_id, by_rule=False)
    )
    (letter,) = mailoutbox
    assert letter.to == [staff.user.email]
    assert ticket.number in letter.subject
    assert ticket.subject in letter.body


# --- the bell of staff ------------------------------------------------------------------------
def test_the_bell_of_staff_is_their_own(owner, ticket, staff, told, sign_in):
    Ticket.objects.filter(pk=ticket.pk).update(assignee=staff.user)
    told(lambda: answer(owner, ticket, "Still nothing"))
    assert unread_count(staff) == 1
    assert unread_count(desk_worker()) == 0
    (line,) = lines_of(list(notifications_of(staff).select_related("event")))
    assert line.title == f"{ticket.number}: the customer has written"
    assert line.target == reverse("ticket_detail", args=[ticket.number])
    browser = sign_in(staff)
    bell = browser.get(reverse("bell"))
    assert ticket.number in bell.content.decode() or "bell-count" in bell.content.decode()
    same = browser.get(reverse("bell"), headers={"If-None-Match": bell["ETag"]})
    assert same.status_code == 304
    before = newest_of(staff)
    told(lambda: answer(owner, ticket, "Hello?"))
    assert newest_of(staff) > before
    changed = browser.get(reverse("bell"), headers={"If-None-Match": bell["ETag"]})
    assert changed.status_code == 200
    page = browser.get(reverse("notification_list"))
    assert ticket.number in page.content.decode()
    opened_line = browser.get(reverse("notification_open", args=[before]))
    assert opened_line["Location"] == reverse("ticket_detail", args=[ticket.number])
    assert unread_count(staff) == 1


def test_who_is_no_staff_any_more_reads_none_of_it(owner, ticket, staff, told, sign_in):
    Ticket.objects.filter(pk=ticket.pk).update(assignee=staff.user)
    told(lambda: answer(owner, ticket, "Still nothing"))
    row = Notification.objects.get(user=staff.user)
    browser = sign_in(staff)
    staff.user.is_staff, staff.user.staff_scope = False, ""
    staff.user.save()
    assert browser.get(reverse("notification_open", args=[row.pk])).status_code == 404
    assert ticket.number not in browser.get(reverse("notification_list")).content.decode()


def test_for_staff_who_act_for_somebody_it_waits_behind_the_switcher(owner, ticket, told, sign_in):
    manager = account_manager(owner.organization)
    staff = desk_worker()
    told(lambda: add_note(staff, ticket, f"@{manager.user.email} look"))
    row = Notification.objects.get(user=manager.user)
    browser = sign_in(manager)
    browser.post(reverse("organization_switch"), {"organization": owner.organization.public_id})
    page = browser.get(reverse("notification_open", args=[row.pk]))
    assert page.status_code == 200
    assert 'value="-"' in page.content.decode()
    browser.post(reverse("organization_switch"), {"organization": "-"})
    again = browser.get(reverse("notification_open", args=[row.pk]))
    assert again.status_code == 302
