"""Pages of filing: the wizard, drafts, what was filed together, many at once from a file."""

from django.urls import path

from subscriptions.views import filing, filing_check, filing_pages

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
]
