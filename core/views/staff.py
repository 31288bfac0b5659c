"""What failed, for staff: jobs and messages, and trying them again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from core.access import STAFF, access
from core.errors import DomainError
from core.failures import JOBS, SORTS, failed, failures, retry_failed
from core.health import unserved_queues
from core.pagination import PAGE_SIZE, paginate
from core.parts.lists import Column, Columns

COLUMNS = Columns(
    Column("what", gettext_lazy("What")),
    Column("where", gettext_lazy("Through")),
    Column("error", gettext_lazy("Error")),
    Column("attempts", gettext_lazy("Attempts"), numeric=True),
    Column("at", gettext_lazy("Given up")),
)
# The selected rows of a page, and those that "show more" added to it.
MOST_AT_ONCE = 20 * PAGE_SIZE
LONGEST_ID = 18


@access(STAFF)
@require_GET
def staff_failed(request: HttpRequest) -> HttpResponse:
    """Failed jobs, or failed messages with `?what=messages`; newest first."""
    sort = request.GET.get("what", JOBS)
    if sort not in SORTS or set(request.GET) - {"what", "after"}:
        raise DomainError(_("There is no such list."))
    page = paginate(failed(sort), ["-id"], request.GET.get("after", ""))
    url = reverse("staff_failed")
    context = {
        "sort": sort,
        "tabs": [(label, f"{url}?what={name}", name == sort) for name, label in SORTS.items()],
        "page": page,
        "rows": failures(page.rows),
        "columns": COLUMNS,
        "unserved": ", ".join(unserved_queues()),
        "crumbs": [(_("What failed"), "")],
    }
    return render(request, "core/staff/failed.html", context)


@access(STAFF)
@require_POST
def staff_retry(request: HttpRequest) -> HttpResponse:
    sort, selected = request.POST.get("what", ""), request.POST.getlist("selected")
    if sort not in SORTS or not all(pk.isdecimal() and len(pk) <= LONGEST_ID for pk in selected):
        raise DomainError(_("There is no such list."))
    count = retry_failed(sort, [int(pk) for pk in selected[:MOST_AT_ONCE]])
    if count:
        text = ngettext("%(count)s is tried again.", "%(count)s are tried again.", count)
        messages.success(request, text % {"count": count})
    else:
        messages.warning(request, _("Select what is to be tried again."))
    return redirect(f"{reverse('staff_failed')}?what={sort}")
