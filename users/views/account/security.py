"""What happened to one's account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from core.access import SIGNED_IN, access
from core.actor import Actor
from core.pagination import paginate
from core.parts.lists import Column, Columns
from users.models import SecurityRecord

COLUMNS = Columns(
    Column("what", _("What happened")),
    Column("at", _("When")),
    Column("device", _("Device")),
    Column("address", _("Network address")),
)


@access(SIGNED_IN)
@require_GET
def security_records(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = SecurityRecord.objects.filter(user=actor.user)
    page = paginate(rows, ["-id"], request.GET.get("after", ""))
    context = {"page": page, "columns": COLUMNS}
    return render(request, "users/account/security.html", context)
