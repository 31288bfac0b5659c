"""What this app adds to the frame and to the staff's list of organizations."""

from django.utils.translation import gettext_lazy as _

from core.badges import Badge, register_badges
from core.choices import OrganizationKind, Role
from core.navigation import Section, register
from users import attention  # noqa: F401 - registers its figures
from users.choices import VerificationState

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
register(
    Section(
        "organization",
        _("Organization"),
        "building-community",
        "organization_profile",
        order=80,
        kinds=frozenset(OrganizationKind) - {OrganizationKind.PERSON},
        foot=True,
    )
)
register(
    Section(
        "verifications",
        _("Verifications"),
        "shield-check",
        "verification_queue",
        order=7,
        kinds=frozenset(),
        staff=True,
    )
)
register_badges(
    "verification",
    {
        VerificationState.OPEN: Badge(VerificationState.OPEN.label, "wait", "hourglass"),
        VerificationState.APPROVED: Badge(VerificationState.APPROVED.label, "good", "shield-check"),
        VerificationState.REFUSED: Badge(VerificationState.REFUSED.label, "bad", "shield-x"),
        VerificationState.WITHDRAWN: Badge(
            VerificationState.WITHDRAWN.label, "stopped", "arrow-back-up"
        ),
    },
)
register_badges(
    "invitation",
    {
        "queued": Badge(_("The letter is on its way"), "info", "clock"),
        "sent": Badge(_("The letter is sent"), "wait", "mail"),
        "expired": Badge(_("The term is over"), "stopped", "calendar-off"),
    },
)
register_badges(
    "factor",
    {
        "on": Badge(_("On"), "good", "shield-lock"),
        "off": Badge(_("Off"), "neutral", "shield-off"),
    },
)
