"""Groups of staff: what each scope may open in Django admin. Made by migration users.0003."""

from django.contrib.auth.models import Group

from core.choices import StaffScope
from users.models import CustomUser

# Administrators are superusers: they need no group.
GROUPS = {
    StaffScope.SUPPORT: "Поддержка",
    StaffScope.ACCOUNT_MANAGER: "Аккаунт-менеджеры (КАМ)",
    StaffScope.CONTENT: "Редакторы сайта",
}
# Of these one has one's own alone; who edits the site may be anybody of the staff.
_EXCLUSIVE = {StaffScope.SUPPORT, StaffScope.ACCOUNT_MANAGER}


def set_scope(user: CustomUser, scope: StaffScope | str) -> None:
    """Sets a person's scope ("": none) and the two flags of Django that follow; saves nothing."""
    user.staff_scope = str(scope)
    user.is_staff = bool(scope)
    user.is_superuser = scope == StaffScope.ADMIN


def follow_scope(user: CustomUser) -> None:
    """Puts a person into the group of their scope, and out of those that are not theirs."""
    scope = user.scope
    if scope is None:
        user.groups.clear()
        return
    others = [GROUPS[other] for other in _EXCLUSIVE if other != scope]
    user.groups.remove(*Group.objects.filter(name__in=others))
    if scope in GROUPS:
        user.groups.add(*Group.objects.filter(name=GROUPS[scope]))
