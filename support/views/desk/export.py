"""Taking the desk's list away."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from core.http import Request
from core.saved_views import list_state
from support.desk_panels import LIST
from support.desk_table import chosen_columns
from support.services.exporting import start_export
from support.views.desk.door import workers


@workers
@require_POST
def desk_export(request: Request) -> HttpResponse:
    """Begins to write what the filters in `query` find, in the columns that the reader sees."""
    query = request.POST.get("query", "")
    state = list_state(request.actor, LIST, request.POST)
    columns = [column.name for column in chosen_columns(state.columns)]
    started = start_export(request.actor, query, columns, request.POST.get("format", ""))
    return redirect("operation_detail", started.public_id)
