"""Taking the list of requests away."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from core.access import access, only
from core.choices import OrganizationKind, Role
from core.http import Request
from core.saved_views import list_state
from subscriptions.request_columns import chosen_columns
from subscriptions.request_panels import LIST
from subscriptions.services.requests.exporting import start_export


@access(only(*OrganizationKind, least=Role.MEMBER))
@require_POST
def request_export(request: Request) -> HttpResponse:
    """Begins to write what the filters in `query` find, in the columns that the reader sees."""
    query = request.POST.get("query", "")
    state = list_state(request.actor, LIST, request.POST)
    columns = [column.name for column in chosen_columns(request.actor, state.columns)]
    started = start_export(request.actor, query, columns, request.POST.get("format", ""))
    return redirect("operation_detail", started.public_id)
