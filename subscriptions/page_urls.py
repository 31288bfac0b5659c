"""What is done on the page of a request, and what a provider sets up for its requests."""

from django.urls import path, re_path

from subscriptions.views import request_extras, request_papers, request_setup

NUMBER = r"(?P<number>EC-\d{4}-\d{4})"
FILE = rf"^requests/{NUMBER}/files/(?P<public_id>[0-9A-Z]{{12}})"

urlpatterns = [
    path("requests/setup/", request_setup.request_setup, name="request_setup"),
    path(
        "requests/setup/checklists/<slug:code>/",
        request_setup.checklist_edit,
        name="checklist_edit",
    ),
    path("requests/setup/fields/new/", request_setup.custom_field_new, name="custom_field_new"),
    path(
        "requests/setup/fields/<slug:public_id>/",
        request_setup.custom_field_edit,
        name="custom_field_edit",
    ),
    path(
        "requests/setup/fields/<slug:public_id>/archive/",
        request_setup.custom_field_archive,
        name="custom_field_archive",
    ),
    re_path(rf"^requests/{NUMBER}/seen/$", request_extras.request_seen, name="request_seen"),
    re_path(
        rf"^requests/{NUMBER}/colleagues/$",
        request_extras.request_colleagues,
        name="request_colleagues",
    ),
    re_path(rf"{FILE}/remove/$", request_extras.request_file_remove, name="request_file_remove"),
    re_path(
        rf"{FILE}/(?P<size>thumbnail|preview)/$",
        request_extras.request_file_picture,
        name="request_file_picture",
    ),
    re_path(rf"^requests/{NUMBER}/checklist/$", request_extras.request_tick, name="request_tick"),
    re_path(rf"^requests/{NUMBER}/fields/$", request_extras.request_fields, name="request_fields"),
    re_path(
        rf"^requests/{NUMBER}/related/$", request_extras.request_related, name="request_related"
    ),
    re_path(
        rf"^requests/{NUMBER}/related/link/$", request_extras.request_link, name="request_link"
    ),
    re_path(
        rf"^requests/{NUMBER}/related/(?P<pk>\d{{1,18}})/unlink/$",
        request_extras.request_unlink,
        name="request_unlink",
    ),
    re_path(rf"^requests/{NUMBER}/print/$", request_papers.request_print, name="request_print"),
    re_path(
        rf"^requests/{NUMBER}/papers/(?P<paper>form|act)\.pdf$",
        request_papers.request_paper,
        name="request_paper",
    ),
]
