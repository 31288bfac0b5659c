"""Django admin for staff: no sign-in of its own, and no way round the portal's."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _


class StaffAdminSite(AdminSite):
    """Opened by `RestrictAdminMiddleware`; each admin decides by scope what its rows are."""

    site_title = _("Estconnect administration")
    site_header = _("Estconnect administration")
    index_title = _("Data of the portal")

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        return super().index(request, extra_context)

    # "/admin" must not answer with a redirect that tells of "/admin/".
    index.should_append_slash = False  # type: ignore[attr-defined]

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        came_from = urlencode({"next": reverse("admin:index")})
        return HttpResponseRedirect(f"{reverse('account_login')}?{came_from}")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return HttpResponseRedirect(reverse("account_logout"))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return HttpResponseRedirect(reverse("account_change_password"))
