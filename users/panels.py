"""What this app adds to the frame and to the staff's list of organizations."""

from django.utils.translation import gettext_lazy as _

from core.choices import Role
from core.navigation import Section, register
from users import attention  # noqa: F401 - registers its figures

register(
    Section(
        "staff-organizations",
        _("Organizations"),
        "briefcase",
        "staff_organizations",
        order=5,
        kinds=frozenset(),
        staff=True,
        phone=True,
    )
)
register(
    Section(
        "support-access",
        _("Access of support"),
        "lifebuoy",
        "support_access",
        order=90,
        least=Role.MANAGER,
        foot=True,
    )
)
