"""Pages of requests and commissions."""

from django.urls import path, re_path

from subscriptions.views import request_bulk, request_list, request_move, request_page

NUMBER = r"(?P<number>EC-\d{4}-\d{4})"

urlpatterns = [
    path("requests/", request_list.request_list, name="request_list"),
    path("requests/bulk/", request_bulk.request_bulk, name="request_bulk"),
    path(
        "requests/bulk/<slug:public_id>/",
        request_bulk.request_bulk_results,
        name="request_bulk_results",
    ),
    re_path(rf"^requests/{NUMBER}/$", request_page.request_detail, name="request_detail"),
    re_path(
        rf"^requests/{NUMBER}/move/(?P<transition>[a-z_]+)/$",
        request_move.request_move,
        name="request_move",
    ),
    re_path(rf"^requests/{NUMBER}/notes/$", request_page.request_note, name="request_note"),
    re_path(rf"^requests/{NUMBER}/assign/$", request_page.request_assign, name="request_assign"),
    re_path(rf"^requests/{NUMBER}/files/$", request_page.request_file_add, name="request_file_add"),
    re_path(
        rf"^requests/{NUMBER}/files/(?P<public_id>[0-9A-Z]{{12}})/$",
        request_page.request_file,
        name="request_file",
    ),
]
