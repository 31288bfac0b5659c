"""For the machine that watches this one: is the process alive, can it do its work."""

from collections.abc import Callable

import structlog
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.access import PUBLIC, access
from pages.selectors.readiness import CHECKS

logger = structlog.get_logger(__name__)


@access(PUBLIC)
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers. Nothing else is asked: a restart would not mend a database."""
    return JsonResponse({"status": "ok"})


@access(PUBLIC)
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether this process can serve people; 503 names what fails, and says nothing more of it."""
    failing = [name for name, works in CHECKS.items() if not _passes(name, works)]
    if failing:
        return JsonResponse({"status": "failing", "failing": failing}, status=503)
    return JsonResponse({"status": "ok"})


# No session is opened and nobody is asked who they are.
healthz.stateless = readyz.stateless = True  # type: ignore[attr-defined]


def _passes(name: str, works: Callable[[], bool]) -> bool:
    try:
        return works()
    except Exception as error:
        # Whatever a check meets, the answer is the name of the check; the cause goes to the log.
        logger.warning("not_ready", check=name, error=repr(error))
        return False
