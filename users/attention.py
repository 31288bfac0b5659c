"""What of an organization's own affairs waits for staff."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from core.attention import Organizations, attention
from users.choices import VerificationState
from users.models import Verification


@attention("verification", _("Verification"), weight=50, order=40, page="organization_verification")
def verifications(organizations: Organizations, now: datetime) -> Mapping[int, int]:
    """Asked for and not decided."""
    ids = [pk for some in organizations.values() for pk in some]
    rows = Verification.objects.filter(organization_id__in=ids, state=VerificationState.OPEN)
    return dict(rows.order_by().values_list("organization_id").annotate(Count("pk")))
