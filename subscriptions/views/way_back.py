"""Where an action returns to."""

from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict

from users.redirects import is_own_url


def way_back(request: HttpRequest, default: str) -> str:
    """The page of this site that the form names as `back`, else `default`."""
    back = request.POST.get("back", "") or request.GET.get("back", "")
    return back if back and is_own_url(request, back) else default


def shown_query(request: HttpRequest) -> QueryDict:
    """The filters of the page on which an htmx action was pressed."""
    return QueryDict(urlsplit(request.headers.get("HX-Current-URL", "")).query)
