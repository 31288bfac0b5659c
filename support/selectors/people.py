"""Who works the desk."""

from django.db.models import Q, QuerySet

from core.choices import StaffScope
from users.models import CustomUser


def desk_people() -> QuerySet[CustomUser]:
    """Those to whom tickets can be given: working support staff and administrators."""
    scopes = Q(staff_scope__in=["", StaffScope.SUPPORT, StaffScope.ADMIN])
    return CustomUser.objects.filter(scopes, is_staff=True, is_active=True)
