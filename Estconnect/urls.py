"""Where everything is found. Each app lists its own pages."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("users/", include("users.urls")),
    path("", include("users.organization_urls")),
    path("", include("users.staff_urls")),
    path("users/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("core.urls")),
    path("", include("locations.urls")),
    path("", include("subscriptions.urls")),
    path("", include("support.urls")),
    path("developers/", include("developers.urls")),
    path("", include("pages.urls")),
]

handler400 = "core.views.errors.bad_request"
handler403 = "core.views.errors.forbidden"
handler404 = "core.views.errors.not_found"
handler429 = "core.views.errors.too_many_requests"
handler500 = "core.views.errors.server_error"
