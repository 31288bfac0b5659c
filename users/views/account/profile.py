"""What a person says about themselves, and how the portal shows itself to them."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from core.access import SIGNED_IN, access
from core.actor import Actor
from core.errors import DomainError
from users.account_events import keep_theme
from users.forms.profile import ProfileForm
from users.services.people import change_profile
from users.services.photos import remove_photo, set_photo


@access(SIGNED_IN)
def profile(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = ProfileForm(request.POST or None, request.FILES or None, user=actor.user)
    if request.method == "POST" and form.is_valid() and _save(actor, form):
        with translation.override(form.cleaned_data["language"]):
            messages.success(request, _("Your profile is saved."))
        return _remember(redirect("profile"), form)
    status = 422 if form.errors else 200
    return render(request, "users/account/profile.html", {"form": form}, status=status)


def _save(actor: Actor, form: ProfileForm) -> bool:
    data = form.cleaned_data
    try:
        if data["photo"]:
            set_photo(actor, data["photo"])
        elif data.get("remove_photo"):
            remove_photo(actor)
    except DomainError as error:
        form.add_error(error.field, str(error))
        return False
    names = ("full_name", "time_zone", "language", "theme")
    change_profile(actor, **{name: data[name] for name in names})
    return True


def _remember(response: HttpResponse, form: ProfileForm) -> HttpResponse:
    """What is picked here holds in this browser too, over an older pick at the foot of a page."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        form.cleaned_data["language"],
        max_age=settings.SESSION_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    keep_theme(response, form.cleaned_data["theme"])
    return response
