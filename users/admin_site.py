"""Django admin for staff: no sign-in of its own, and no way round the portal's."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from users.sudo import require_recent_sign_in


class StaffAdminSite(AdminSite):
    """Opened by `RestrictAdminMiddleware`; each admin decides by scope what its rows are.

    Whatever is deleted, in any list of any app, asks for a recent sign-in; what else does is named
    by each admin (`ScopedAdmin.sudo_actions`, `sudo_fields`).
    """

    site_title = _("Estconnect administration")
    site_header = _("Estconnect administration")
    index_title = _("Data of the portal")

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        return super().index(request, extra_context)

    # "/admin" must not answer with a redirect that tells of "/admin/".
    index.should_append_slash = False  # type: ignore[attr-defined]

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if _deletes(request):
                require_recent_sign_in(request)
            return inner(request, *args, **kwargs)

        return update_wrapper(guarded, inner)

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        came_from = urlencode({"next": reverse("admin:index")})
        return HttpResponseRedirect(f"{reverse('account_login')}?{came_from}")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return HttpResponseRedirect(reverse("account_logout"))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return HttpResponseRedirect(reverse("account_change_password"))


def _deletes(request: HttpRequest) -> bool:
    if request.method != "POST":
        return False
    match = request.resolver_match
    page = (match.url_name or "") if match else ""
    return page.endswith("_delete") or "delete_selected" in request.POST.getlist("action")
