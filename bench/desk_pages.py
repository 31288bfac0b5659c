"""The pages of the support desk, measured over half a million tickets (`--shape tickets`)."""

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from bench.data.tickets import busy_ticket, desk_staff
from bench.pages import Page, cookie_of, session_of
from core.pagination import cursor_after
from support.choices import OPEN_STATES
from support.models import Queue, Ticket
from support.selectors.customer import ORDER
from users.models import Organization

_DUE = ("due_at", "id")
_TARGET = 0.25


def desk_pages() -> list[Page]:
    """As one of the staff, and as the customer who has the most tickets."""
    agent = desk_staff()[0]
    key = session_of(agent, settings.AUTHENTICATION_BACKENDS[0])
    staff = f"{settings.SESSION_COOKIE_NAME}={key}"
    desk, own = reverse("desk_list"), reverse("ticket_list")
    queue = Queue.objects.filter(name="Bench queue 1").get()
    ticket = busy_ticket()
    largest = Organization.objects.filter(name="Bench agency 1").get()
    customer = cookie_of(largest)
    waiting = Ticket.objects.filter(state__in=sorted(OPEN_STATES))
    of_queue = _half_way(waiting.filter(queue=queue), _DUE)
    theirs = _half_way(Ticket.objects.filter(owner=largest), ORDER)
    fragment = {"HX-Request": "true"}
    return [
        Page("desk list", f"{desk}?group=open", _TARGET, staff),
        Page("desk list, half way down", f"{desk}?group=open&after={_half_way(waiting, _DUE)}", _TARGET, staff),
        Page("desk list, closed", f"{desk}?group=closed", _TARGET, staff),
        Page("desk list, one queue, half way", f"{desk}?group=open&queue={queue.public_id}&after={of_queue}", _TARGET, staff),
        Page("desk list, one person", f"{desk}?group=open&assignee={agent.public_id}", _TARGET, staff),
        Page("desk list, overdue", f"{desk}?due=overdue", _TARGET, staff),
        Page("desk list, customers who wait", f"{desk}?due=awaiting", _TARGET, staff),
        Page("ticket page", reverse("desk_ticket", args=[ticket.number]), _TARGET, staff),
        Page("customer's list", own, _TARGET, customer),
        Page("customer's list, half way down", f"{own}?after={theirs}", _TARGET, customer),
        Page("unchanged poll of the desk", f"{desk}?group=open&fragment=list", 1.2, staff, fragment, is_polled=True),
    ]  # fmt: skip


def _half_way(rows: QuerySet, order: tuple[str, ...]) -> str:
    """A cursor half way down a list."""
    return cursor_after(rows.order_by(*order)[rows.count() // 2], order)
