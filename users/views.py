"""Pages about oneself: profile, organizations to act for, the text of the consent."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.access import PUBLIC, SIGNED_IN, access
from core.actor import Actor
from core.middleware import policy_of
from users.acting import CHOSEN, NONE, actor_for
from users.choices import CONSENT_VERSIONS, ConsentDocument
from users.forms.profile import ProfileForm
from users.redirects import is_own_url
from users.selectors import page_of_organizations
from users.services.people import change_profile, remember_organization


@access(SIGNED_IN)
def profile(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = ProfileForm(request.POST or None, user=actor.user)
    if request.method == "POST" and form.is_valid():
        language = form.cleaned_data["language"]
        change_profile(actor, **form.cleaned_data)
        with translation.override(language):
            messages.success(request, _("Your profile is saved."))
        response = redirect("profile")
        # What is picked here holds in this browser too, over an older pick at the foot of a page.
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.SESSION_COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
        return response
    return render(request, "users/profile.html", {"form": form}, status=_status(form))


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


@access(PUBLIC)
@require_GET
def consent_document(request: HttpRequest) -> HttpResponse:
    """The text that a person consents to when registering."""
    version = CONSENT_VERSIONS[ConsentDocument.PERSONAL_DATA]
    return render(request, "users/consent.html", {"version": version})


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


def _status(form: Any) -> int:
    return 422 if form.errors else 200
