"""Registration: first who one is, then a form that asks only what that needs."""

from dataclasses import dataclass
from typing import Any

from allauth.account.views import ConfirmEmailView, SignupView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from core.access import PUBLIC, access
from core.choices import OrganizationKind
from core.errors import Text
from users import claims
from users.forms.registration import RegistrationForm
from users.services.registration import unclaimed_provider


@dataclass(frozen=True, slots=True)
class Entry:
    """One of those who come in, as the page of registration speaks to them."""

    kind: OrganizationKind
    icon: str
    title: Text
    heading: Text
    promise: Text

    @property
    def slug(self) -> str:
        return self.kind.value.lower()


ENTRIES = (
    Entry(
        OrganizationKind.AGENCY,
        "users",
        _("Connection agent"),
        _("Register your agency"),
        _(
            "You check what can be connected at an address, file requests for your clients, and "
            "see what you earned."
        ),
    ),
    Entry(
        OrganizationKind.BUILDER,
        "crane",
        _("Builder or management company"),
        _("Register as a builder"),
        _("You get your buildings connected, and file requests for all who live there."),
    ),
    Entry(
        OrganizationKind.PROVIDER,
        "router",
        _("Provider of services"),
        _("Register as a provider"),
        _("You receive requests for the addresses you cover, and keep your coverage and plans."),
    ),
    Entry(
        OrganizationKind.COMPANY,
        "building",
        _("Company"),
        _("Register your company"),
        _(
            "You see all services of all your places together. Also for software developers and "
            "network administrators."
        ),
    ),
    Entry(
        OrganizationKind.PERSON,
        "user",
        _("Private person"),
        _("Register for yourself"),
        _("You get services connected at home, and see what they cost."),
    ),
)
_BY_SLUG = {entry.slug: entry for entry in ENTRIES}


class RegistrationView(SignupView):
    """allauth's, for the kind that stands in the address (`?kind=provider`)."""

    form_class = RegistrationForm
    entry: Entry | None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.entry = _BY_SLUG.get(request.GET.get("kind", ""))

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if self.entry else self._choice()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().post(request, *args, **kwargs) if self.entry else self._choice(422)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"kind": self.entry.kind}  # type: ignore[union-attr]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"entry": self.entry}

    def form_valid(self, form: RegistrationForm) -> HttpResponse:
        provider = unclaimed_provider(form.kind, form.cleaned_data.get("inn", ""))
        if provider is not None:
            claims.intend(self.request, provider)
        return super().form_valid(form)

    def form_invalid(self, form: RegistrationForm) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response

    def _choice(self, status: int = 200) -> HttpResponse:
        context = {"entries": ENTRIES}
        return render(self.request, "account/signup_choice.html", context, status=status)


class ConfirmView(ConfirmEmailView):
    """allauth's; a link that was used in between (a second press, another tab) says so."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().post(*args, **kwargs)
        except Http404:
            return redirect(self.request.path)


registration = access(PUBLIC)(RegistrationView.as_view())
confirm_email = access(PUBLIC)(ConfirmView.as_view())
