"""The page of one request: where it stands, what can be done, what happened, who and where."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.access import MEMBERS, access
from core.actor import Actor
from core.choices import OrganizationKind
from core.errors import DomainError, NotVisible
from core.parts.text import file_size
from core.polling import not_modified, stamp
from core.registry import gather
from core.sendfile import hand_over
from core.uploads import CONTENT_TYPES, ending_of
from subscriptions.choices import FileKind
from subscriptions.forms.moves import AssignForm, FileForm, NoteForm
from subscriptions.models import ConnectionRequest, RequestFile
from subscriptions.models.catalogue import commission_amount
from subscriptions.papers.contents import has_act
from subscriptions.request_workflow import FINAL_STATES
from subscriptions.selectors.bundles import bundle_state
from subscriptions.selectors.deadline_lines import asked_of, deadline_lines, question_of
from subscriptions.selectors.request_history import (
    History,
    history,
    reason_in_words,
    sees_commission,
    visit_in_words,
)
from subscriptions.selectors.request_page import (
    actions_on,
    awaited_in_words,
    corresponds,
    files_of,
    needs_page,
    request_for_page,
    siblings_of,
    steps_of,
    title_of,
    visit_of,
    workers_of,
)
from subscriptions.services.requests import add_file, add_note, assign_request
from subscriptions.services.requests.assignment import may_assign
from subscriptions.services.requests.notes import may_contribute, own_party
from subscriptions.views.request_parts import (
    NO_LOOK,
    Look,
    checklist_of,
    fields_panel,
    look_of,
    look_of_query,
)
from users.models import CustomUser

PAGE_TEMPLATE = "subscriptions/requests/detail.html"
UPLOADS_AT_MOST = 20
# Parts that refresh themselves; what is typed stands between them and is left alone.
FRAGMENTS = {
    "standing": "subscriptions/requests/standing.html",
    "history": "subscriptions/requests/history.html",
}


@access(MEMBERS)
def request_detail(request: HttpRequest, number: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    fragment = request.GET.get("fragment", "")
    if fragment in FRAGMENTS:
        unchanged = not_modified(request)
        if unchanged is not None:
            return unchanged
    found = request_for_page(actor, number)
    if fragment in FRAGMENTS:
        context = standing_context(actor, found, look_of_query(request.GET))
        return stamp(request, render(request, FRAGMENTS[fragment], context))
    context = standing_context(actor, found, look_of(found))
    context |= _page_context(actor, found, context["history"])
    return render(request, PAGE_TEMPLATE, context)


def standing_context(
    actor: Actor, found: ConnectionRequest, look: Look = NO_LOOK
) -> dict[str, Any]:
    """What changes with the request: its state, what can be done, what happened since `look`."""
    past = history(actor, found, seen=look.event_id)
    actions = actions_on(actor, found)
    visit = visit_of(found)
    return {
        "row": found,
        "url": reverse("request_detail", args=[found.number]),
        "steps": steps_of(found, past),
        "awaited": awaited_in_words(found),
        "deadline_lines": deadline_lines(actor, found),
        "asked_of": asked_of(actor, found),
        "question": question_of(actor, found),
        "visit": visit_in_words(visit.starts_at, visit.ends_at) if visit else "",
        "reason": _reason(actor, found),
        "history": past,
        "look": look,
        "primary": actions.primary,
        "primary_asks": actions.primary is not None and needs_page(actions.primary),
        "others": actions.others,
        "corresponds": corresponds(actor, found),
    }


def _reason(actor: Actor, found: ConnectionRequest) -> str:
    """Why it is refused, cancelled or on hold; the words of it are for those who correspond."""
    words = found.reason_text if corresponds(actor, found) else ""
    return ". ".join(part for part in (reason_in_words(found.reason), words) if part)


def _page_context(actor: Actor, found: ConnectionRequest, past: History) -> dict[str, Any]:
    """What is read once: the parties, the money, files, and the forms of the page."""
    contributes = may_contribute(actor, found)
    siblings = siblings_of(actor, found)
    return {
        "title": title_of(found),
        "marks_since": look_of(found).or_now(past.newest).query,
        "crumbs": [(_("Requests"), reverse("request_list")), (found.number, "")],
        "commission": _commission(actor, found, past),
        "subscription": past.subscription,
        "siblings": siblings,
        "bundle_state": bundle_state([found, *siblings]) if siblings else "",
        "client_url": _client_url(actor, found),
        "files": files_of(actor, found, past),
        "note_form": NoteForm(auto_id="note_%s") if contributes else None,
        "notes_internally": contributes and bool(own_party(actor, found)),
        "file_add_url": reverse("request_file_add", args=[found.number]) if contributes else "",
        "file_kinds": FileKind.choices,
        "checklist": checklist_of(actor, found),
        "own_fields": fields_panel(actor, found),
        "has_act": has_act(found),
        "file_hint": _("%(kinds)s; together up to %(size)s")
        % {"kinds": ", ".join(CONTENT_TYPES), "size": file_size(settings.UPLOAD_MAX_BYTES)},
        "assign_form": _assign_form(actor, found),
        "sees_people": _sees_people(actor, found),
        "panels": gather("request.panels", actor, found),
    }


def _commission(actor: Actor, found: ConnectionRequest, past: History) -> Decimal | None:
    """What the agency earned, or will earn by the rule copied at filing; None: not told."""
    if not sees_commission(actor) or found.owner.kind != OrganizationKind.AGENCY:
        return None
    if past.commissions:
        return sum((row.amount for row in past.commissions), Decimal(0))
    if found.state in FINAL_STATES:
        return None
    amount = commission_amount(
        found.commission_rule,
        found.commission_value,
        price=found.price,
        fee=found.connection_fee,
    )
    return amount or None


def _client_url(actor: Actor, found: ConnectionRequest) -> str:
    """The client's page, for those whose portfolio it is."""
    if found.client is None or found.client.owner_id != actor.organization_id:
        return ""
    return reverse("client_detail", args=[found.client.public_id])


def _assign_form(actor: Actor, found: ConnectionRequest) -> AssignForm | None:
    if found.state in FINAL_STATES or not may_assign(actor, found):
        return None
    chosen = found.assignee.public_id if found.assignee else ""
    return AssignForm(workers_of(found.provider_id), initial={"user": chosen})


def _sees_people(actor: Actor, found: ConnectionRequest) -> dict[str, bool]:
    """Whose names the reader is told: each side its own."""
    everyone = actor.is_staff and actor.organization is None
    return {
        "author": everyone or actor.organization_id == found.owner_id,
        "assignee": everyone or actor.organization_id == found.provider_id,
    }


# --- adding to it -----------------------------------------------------------------------------
@access(MEMBERS)
@require_POST
def request_note(request: HttpRequest, number: str) -> HttpResponse:
    """Which of the two buttons was pressed says who reads it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = request_for_page(actor, number)
    form = NoteForm(request.POST, auto_id="note_%s")
    internal = "internal" in request.POST
    if form.is_valid():
        try:
            add_note(
                actor,
                found,
                form.cleaned_data["text"],
                internal=internal,
                form_token=form.cleaned_data["form_token"],
            )
        except DomainError as refused:
            if refused.field != "text":
                raise
            form.add_error("text", str(refused.message))
        else:
            told = _("The internal note was added.") if internal else _("The note was added.")
            messages.success(request, told)
            return redirect("request_detail", number)
    return page_again(request, found, note_form=form)


@access(MEMBERS)
@require_POST
def request_file_add(request: HttpRequest, number: str) -> HttpResponse:
    """Several at once: what is good is kept, what is not is named with the reason."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = request_for_page(actor, number)
    uploads = request.FILES.getlist("file")
    if not uploads:
        # The form says what an empty or broken upload lacks.
        form = FileForm(request.POST, request.FILES)
        return page_again(request, found, file_errors=form.errors.get("file", []))
    refusals, added = [], 0
    for upload in uploads[:UPLOADS_AT_MOST]:
        try:
            add_file(actor, found, upload, request.POST.get("kind", ""))
            added += 1
        except DomainError as refused:
            if refused.field not in ("file", "kind"):
                raise
            refusals.append(f"{_shown_name(upload)}: {refused.message}")
    if len(uploads) > UPLOADS_AT_MOST:
        refusals.append(_("At most %(limit)s files at once.") % {"limit": UPLOADS_AT_MOST})
    if added:
        told = ngettext("%(count)s file was added.", "%(count)s files were added.", added)
        messages.success(request, told % {"count": added})
    if refusals:
        return page_again(request, found, file_errors=refusals)
    return redirect("request_detail", number)


def _shown_name(upload: UploadedFile) -> str:
    return Truncator(upload.name or "").chars(80)


@access(MEMBERS)
@require_POST
def request_assign(request: HttpRequest, number: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = request_for_page(actor, number)
    people = workers_of(found.provider_id)
    public_id = request.POST.get("user", "")
    if public_id and public_id not in people:
        raise DomainError(_("Choose someone who works at the provider."), field="user")
    user = CustomUser.objects.get(public_id=public_id) if public_id else None
    assign_request(actor, found, user)
    if user is None:
        messages.success(request, _("The request is nobody's now."))
    else:
        messages.success(request, _("Assigned to %(name)s.") % {"name": people[public_id]})
    return redirect("request_detail", number)


def page_again(request: HttpRequest, found: ConnectionRequest, **changed: Any) -> HttpResponse:
    """The page with what was refused beside its field, and what was typed still there."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    context = standing_context(actor, found, look_of(found))
    context |= _page_context(actor, found, context["history"]) | changed
    return render(request, PAGE_TEMPLATE, context, status=422)


# --- taking a file ----------------------------------------------------------------------------
@access(MEMBERS)
def request_file(request: HttpRequest, number: str, public_id: str) -> HttpResponseBase:
    """A download; for the two sides that correspond, and for nobody else."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    missing = _("There is no such file, or it is not yours to see.")
    found = request_for_page(actor, number)
    file = RequestFile.objects.filter(request=found, public_id=public_id).first()
    if file is None or not corresponds(actor, found):
        raise NotVisible(missing)
    content_type = CONTENT_TYPES.get(ending_of(file.name), "application/octet-stream")
    return hand_over(file.file, file.name, content_type, missing)
