"""Providers' plans."""

from django.utils.translation import gettext_lazy as _

from core.events.kinds.audiences import PROVIDER
from core.events.registry import EventKind

KINDS = [
    EventKind("plan.created", _("Plan created"), {PROVIDER: frozenset()}, icon="tag"),
    EventKind("plan.changed", _("Plan changed"), {PROVIDER: frozenset({"fields"})}, icon="tag"),
]
