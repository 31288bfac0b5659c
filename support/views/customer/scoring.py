"""The customer's score: from the ticket's page, or by the link of a letter without an account."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.access import PUBLIC, Policy, access, members_alone
from core.errors import DomainError
from core.http import Request, tell_no_other_site
from subscriptions.forms.errors import show
from subscriptions.services.leads.screening import count_from
from support.forms.thread import ScoreForm
from support.models.tickets import LEAST_TO_WRITE
from support.selectors.tickets import get_ticket
from support.services.scoring import Scoring, find_by_token, score_by_token, score_ticket
from support.views.customer.thread import page_again
from users.addresses import client_address

# Of one network in an hour: an office scores a few, who tries signatures opens more.
OPENED_AT_MOST = 60
LINK_PAGE = "support/customer/score.html"


@access(members_alone(Policy(least=LEAST_TO_WRITE)))
@require_POST
def ticket_score(request: Request, number: str) -> HttpResponse:
    ticket = get_ticket(request.actor, number)
    form = ScoreForm(request.POST)
    if form.is_valid():
        try:
            score_ticket(request.actor, ticket.number, **form.cleaned_data)
        except DomainError as error:
            if error.status != 400:
                raise
            show(form, error)
        else:
            messages.success(request, _("Thank you: your score is noted."))
            return redirect("ticket_detail", ticket.number)
    return page_again(request, ticket, score_form=form)


@access(PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
def ticket_score_link(request: Request, token: str) -> HttpResponse:
    """GET shows the form and changes nothing; POST notes the score.

    Told are the number and the subject: whoever came by the link, whoever it is.
    """
    count_from(client_address(request), "score-links", OPENED_AT_MOST)
    found = find_by_token(token)
    if found is None:
        return _shown(request, {"state": "gone"}, 404)
    if request.method == "GET":
        return _shown(request, _context(found, ScoreForm(initial=_given(found, request))))
    form = ScoreForm(request.POST)
    if not form.is_valid():
        return _shown(request, _context(found, form), 422)
    try:
        score_by_token(token, **form.cleaned_data)
    except DomainError as error:
        if error.status not in (400, 409):
            raise
        show(form, error)
        return _shown(request, _context(find_by_token(token) or found, form), 422)
    messages.success(request, _("Thank you: your score is noted."))
    return redirect("ticket_score_link", token)


def _given(found: Scoring, request: Request) -> dict[str, Any]:
    """What was given before; else what the letter's own link proposes (`?value=5`)."""
    if found.given is not None:
        return {"value": found.given.value, "comment": found.given.comment}
    return {"value": request.GET.get("value", "")}


def _context(found: Scoring, form: ScoreForm) -> dict[str, Any]:
    return {
        "state": found.state.value,
        "ticket": found.ticket,
        "given": found.given,
        "form": form,
    }


def _shown(request: Request, context: dict[str, Any], status: int = 200) -> HttpResponse:
    response = render(request, LINK_PAGE, context, status=status)
    # The link is a secret: it is told to no other site, and no engine keeps the page.
    tell_no_other_site(response)
    response["X-Robots-Tag"] = "noindex"
    return response
