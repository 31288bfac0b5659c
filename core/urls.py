"""URLs of `core`."""

from django.urls import URLPattern, path

from core.views import lists, media, notifications, operations, staff
from core.views.theme import switch_theme

urlpatterns: list[URLPattern] = [
    path("theme/", switch_theme, name="theme"),
    path("media/<path:path>", media.public_file, name="public_file"),
    path("notifications/", notifications.notification_list, name="notification_list"),
    path("notifications/bell/", notifications.bell, name="bell"),
    path("notifications/read/", notifications.notification_read_all, name="notification_read_all"),
    path("notifications/<int:pk>/", notifications.notification_open, name="notification_open"),
    path("operations/<slug:public_id>/", operations.operation_detail, name="operation_detail"),
    path(
        "operations/<slug:public_id>/progress/",
        operations.operation_progress,
        name="operation_progress",
    ),
    path(
        "operations/<slug:public_id>/result/", operations.operation_result, name="operation_result"
    ),
    path("lists/<slug:list_name>/columns/", lists.list_columns, name="list_columns"),
    path("lists/<slug:list_name>/views/", lists.list_views, name="list_views"),
    path("lists/<slug:list_name>/views/new/", lists.list_view_new, name="list_view_new"),
    path(
        "lists/<slug:list_name>/views/<slug:public_id>/",
        lists.list_view_edit,
        name="list_view_edit",
    ),
    path(
        "lists/<slug:list_name>/views/<slug:public_id>/act/",
        lists.list_view_act,
        name="list_view_act",
    ),
    path("staff/failed/", staff.staff_failed, name="staff_failed"),
    path("staff/failed/retry/", staff.staff_retry, name="staff_retry"),
]
