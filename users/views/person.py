"""Pages about oneself: the profile, the text of the consent."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.access import PUBLIC, SIGNED_IN, access
from core.actor import Actor
from users.choices import CONSENT_VERSIONS, ConsentDocument
from users.forms.profile import ProfileForm
from users.services.people import change_profile


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
    return render(request, "users/profile.html", {"form": form}, status=422 if form.errors else 200)


@access(PUBLIC)
@require_GET
def consent_document(request: HttpRequest) -> HttpResponse:
    """The text that a person consents to when registering."""
    version = CONSENT_VERSIONS[ConsentDocument.PERSONAL_DATA]
    return render(request, "users/consent.html", {"version": version})
