"""URLs of `core`."""

from django.urls import URLPattern, path

from core.views import notifications, staff
from core.views.theme import switch_theme

urlpatterns: list[URLPattern] = [
    path("theme/", switch_theme, name="theme"),
    path("notifications/", notifications.notification_list, name="notification_list"),
    path("notifications/bell/", notifications.bell, name="bell"),
    path("notifications/read/", notifications.notification_read_all, name="notification_read_all"),
    path("notifications/<int:pk>/", notifications.notification_open, name="notification_open"),
    path("staff/failed/", staff.staff_failed, name="staff_failed"),
    path("staff/failed/retry/", staff.staff_retry, name="staff_retry"),
]
