"""Pages of the portfolio; fixed words come before public ids."""

from django.urls import path, re_path

from subscriptions.views.clients import duplicates, files, invitations, page, portfolio

urlpatterns = [
    path("clients/", portfolio.client_list, name="client_list"),
    path("clients/new/", portfolio.client_new, name="client_new"),
    path("clients/tag/", portfolio.client_tag_many, name="client_tag_many"),
    path("clients/known/", portfolio.client_known, name="client_known"),
    path("clients/duplicates/", duplicates.client_duplicates, name="client_duplicates"),
    path(
        "clients/merges/<slug:public_id>/undo/",
        duplicates.client_merge_undo,
        name="client_merge_undo",
    ),
    path("clients/import/", files.client_import, name="client_import"),
    re_path(
        r"^clients/import/template\.(?P<ending>csv|xlsx)$",
        files.client_import_template,
        name="client_import_template",
    ),
    path("clients/import/<slug:public_id>/", files.client_import_check, name="client_import_check"),
    path("clients/export/", files.client_export, name="client_export"),
    path(
        "clients/invitations/<slug:public_id>/",
        invitations.client_invitation,
        name="client_invitation",
    ),
    path("clients/<slug:public_id>/", page.client_detail, name="client_detail"),
    path("clients/<slug:public_id>/edit/", portfolio.client_edit, name="client_edit"),
    path("clients/<slug:public_id>/consent/", page.client_consent, name="client_consent"),
    path("clients/<slug:public_id>/tag/", page.client_tag, name="client_tag"),
    path(
        "clients/<slug:public_id>/addresses/new/",
        page.client_address_new,
        name="client_address_new",
    ),
    path(
        "clients/<slug:public_id>/addresses/<int:pk>/remove/",
        page.client_address_remove,
        name="client_address_remove",
    ),
    path(
        "clients/<slug:public_id>/merge/<slug:other>/", duplicates.client_merge, name="client_merge"
    ),
    path("clients/<slug:public_id>/invite/", invitations.client_invite, name="client_invite"),
    re_path(r"^claim/(?P<token>[\w-]{20,100})/$", invitations.client_claim, name="client_claim"),
]
