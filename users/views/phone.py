"""The phone that one signs in with: given, shown by a code, taken away."""

from typing import Any

from allauth.account import views as allauth_views
from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.core.ratelimit import RateLimited
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import SIGNED_IN, access
from core.actor import Actor
from users.services.phones import remove_phone
from users.services.security import Origin


class ChangePhoneView(allauth_views.ChangePhoneView):
    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)
        except RateLimited:
            form.add_error("phone", get_adapter().validation_error("rate_limited"))
            return self.form_invalid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response


class VerifyPhoneView(allauth_views._VerifyPhoneChangeView):
    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        if response.status_code == 200:
            response.status_code = 422
        return response

    def respond_process_failed(self, form: Any) -> HttpResponse:
        messages.error(self.request, _("This code is used up by wrong tries. Ask for a new one."))
        return super().respond_process_failed(form)


phone_change = access(SIGNED_IN)(ChangePhoneView.as_view())
phone_verify = access(SIGNED_IN)(VerifyPhoneView.as_view())


@access(SIGNED_IN)
@require_POST
@reauthentication_required
def phone_remove(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    remove_phone(actor.user, Origin.of(request, actor.user))
    messages.success(request, _("The phone is removed. You sign in with your e-mail."))
    return redirect("account_change_phone")
