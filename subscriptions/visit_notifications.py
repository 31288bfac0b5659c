"""How events of visits are told; imported by `notifications`."""

from django.utils.translation import gettext as _

from core.notifications import Telling, sentence


@sentence("visit.held")
def held(telling: Telling) -> str:
    return _("%(number)s: %(when)s is held for the visit") % _said(telling)


@sentence("visit.released")
def released(telling: Telling) -> str:
    return _("%(number)s: the held time %(when)s is given up") % _said(telling)


@sentence("visit.hold_expired")
def hold_expired(telling: Telling) -> str:
    return _("%(number)s: the time held for the visit, %(when)s, ran out") % _said(telling)


@sentence("visit.reminded")
def reminded(telling: Telling) -> str:
    return _("%(number)s: the visit is %(when)s") % _said(telling)


def _said(telling: Telling) -> dict[str, str]:
    return {"number": telling.number, "when": telling.moment("starts_at")}
