"""The organizations that one may act for: all of them, and the switch."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.http import require_GET, require_POST

from core.access import SIGNED_IN, access
from core.actor import Actor
from core.middleware import policy_of
from users.acting import CHOSEN, NONE, actor_for
from users.redirects import is_own_url
from users.selectors import page_of_organizations
from users.services.people import remember_organization


@access(SIGNED_IN)
@require_GET
def organization_choose(request: HttpRequest) -> HttpResponse:
    """All organizations that one may act for: for those who have too many for a menu."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    text = request.GET.get("q", "").strip()
    page = page_of_organizations(actor, text, request.GET.get("after", ""))
    return render(request, "users/organizations.html", {"page": page, "text": text, "none": NONE})


@access(SIGNED_IN)
@require_POST
def organization_switch(request: HttpRequest) -> HttpResponse:
    """Acts for another organization from now on, on the same page where it has one like it."""
    chosen = request.POST.get("organization", "")
    actor: Actor = request.actor  # type: ignore[attr-defined]
    acting = actor_for(actor.user, chosen)
    if chosen == NONE and acting.is_staff:
        request.session[CHOSEN] = NONE
        return HttpResponseRedirect(_same_page(request, acting))
    if acting.organization is None or acting.organization.public_id != chosen:
        raise Http404
    request.session[CHOSEN] = chosen
    remember_organization(acting)
    return HttpResponseRedirect(_same_page(request, acting))


def _same_page(request: HttpRequest, actor: Actor) -> str:
    """The page `next` where it lists or says something of any organization; else home.

    A page of one thing belongs to the organization left behind, and so do filters in the query;
    but for what is the person's own (`is_personal` on the view).
    """
    home = reverse("home")
    path = request.POST.get("next", "").partition("?")[0]
    if not path.startswith("/") or not is_own_url(request, path):
        return home
    try:
        match = resolve(path)
    except Resolver404:
        return home
    policy = policy_of(match.func, match.namespace, match.url_name)
    is_elsewhere = (match.kwargs or match.args) and not getattr(match.func, "is_personal", False)
    if is_elsewhere or policy is None or policy.staff_only:
        return home
    return path if policy.knows(actor) and policy.permits(actor) else home
