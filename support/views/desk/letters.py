"""Letters that became no ticket: automatic ones, those that came twice, those not understood."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError
from core.http import Request
from core.pagination import paginate
from core.parts.lists import Column, Columns
from core.parts.rows import Fact
from core.parts.text import moment
from core.querysets import get_visible
from support.models import IncomingMail, Mailbox
from support.services.mail.intake import letter_of, take_in_by_hand
from support.views.desk.door import workers

COLUMNS = Columns(
    Column("sender", gettext_lazy("From")),
    Column("subject", gettext_lazy("Subject")),
    Column("outcome", gettext_lazy("What became of it")),
    Column("received", gettext_lazy("Received")),
)
# Of a letter, so much is shown before it is made a ticket.
SHOWN_CHARACTERS = 20_000


@workers
@require_GET
def desk_letters(request: Request) -> HttpResponse:
    if set(request.GET) - {"after"}:
        raise DomainError(_("There is no such list."))
    rows = IncomingMail.objects.visible_to(request.actor).left_aside().select_related("ticket")
    context = {
        "page": paginate(rows, ["-id"], request.GET.get("after", "")),
        "columns": COLUMNS,
        "broken": Mailbox.objects.exclude(error="").order_by("pk"),
        "crumbs": _crumbs(),
    }
    return render(request, "support/desk/letters.html", context)


@workers
@require_GET
def desk_letter(request: Request, key: int) -> HttpResponse:
    """What a letter says, as plain text."""
    row = _get(request, key)
    letter = letter_of(row)
    context = {
        "row": row,
        "title": row.subject or _("Without a subject"),
        "facts": [
            Fact(_("From"), f"{letter.sender_name} <{letter.sender}>" if letter.sender else ""),
            Fact(_("Received"), moment(row.received_at)),
            Fact(_("What became of it"), row.get_outcome_display()),
            Fact(_("Reason"), row.error),
            Fact(_("Files"), ", ".join(file.name for file in letter.files[:20])),
        ],
        "text": letter.text[:SHOWN_CHARACTERS],
        "crumbs": _crumbs(row.subject or _("Without a subject")),
    }
    return render(request, "support/desk/letter.html", context)


@workers
@require_POST
def desk_letter_open(request: Request, key: int) -> HttpResponse:
    _get(request, key)
    message = take_in_by_hand(request.actor, key)
    messages.success(request, _("The letter is in the ticket now."))
    return redirect("desk_ticket", number=message.ticket.number)


def _get(request: Request, key: int) -> IncomingMail:
    row: IncomingMail = get_visible(IncomingMail.objects.left_aside(), request.actor, pk=key)
    return row


def _crumbs(last: str = "") -> list[tuple[str, str]]:
    crumbs = [(_("Support desk"), reverse("desk_list")), (_("Letters left aside"), "")]
    if last:
        crumbs[-1:] = [(_("Letters left aside"), reverse("desk_letters")), (last, "")]
    return crumbs
