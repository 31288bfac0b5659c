"""Pages of filing: the wizard, drafts, what was filed together, many at once from a file."""

from django.urls import path, re_path

from subscriptions.views import filing, filing_check, filing_many, filing_pages

urlpatterns = [
    path("requests/new/", filing.request_new, name="request_new"),
    path("requests/check/<slug:public_id>/", filing_check.request_check, name="request_check"),
    path("requests/bundle/<slug:public_id>/", filing_pages.request_bundle, name="request_bundle"),
    path("requests/drafts/", filing_pages.request_drafts, name="request_drafts"),
    path(
        "requests/drafts/<slug:public_id>/discard/",
        filing_pages.request_draft_discard,
        name="request_draft_discard",
    ),
    path("requests/many/", filing_many.request_many, name="request_many"),
    re_path(
        r"^requests/many/example\.(?P<ending>csv|xlsx)$",
        filing_many.request_many_template,
        name="request_many_template",
    ),
    path(
        "requests/many/<slug:public_id>/",
        filing_many.request_many_check,
        name="request_many_check",
    ),
]
