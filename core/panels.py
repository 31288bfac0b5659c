"""What `core` itself adds to the frame."""

from django.utils.translation import gettext_lazy as _

from core.navigation import Section, register

register(
    Section(
        "failed",
        _("What failed"),
        "alert-triangle",
        "staff_failed",
        order=80,
        kinds=frozenset(),
        staff=True,
    )
)
