"""The centre of subscriptions: list, map, page of one, spend, findings, import, new prices."""

from django.urls import path, re_path

from subscriptions.views.centre import (
    files,
    findings,
    listing,
    page,
    place_map,
    prices,
    spend,
    words,
)

_ONE = r"^subscriptions/(?P<number>ES-\d{4}-\d{4})/"
_FILE = r"files/(?P<public_id>[0-9A-Z]{12})/"

urlpatterns = [
    path("subscriptions/", listing.subscription_list, name="subscription_list"),
    path("subscriptions/bulk/", listing.subscription_bulk, name="subscription_bulk"),
    path("subscriptions/export/", listing.subscription_export, name="subscription_export"),
    path("subscriptions/map/", place_map.subscription_map, name="subscription_map"),
    path(
        "subscriptions/map/places/",
        place_map.subscription_map_places,
        name="subscription_map_places",
    ),
    path("subscriptions/tags/", words.subscription_words, name="subscription_words"),
    re_path(
        r"^subscriptions/(?P<kind>tags|centres)/(?P<pk>\d{1,17})/$",
        words.subscription_word,
        name="subscription_word",
    ),
    path("subscriptions/new/", files.subscription_new, name="subscription_new"),
    path("subscriptions/import/", files.subscription_import, name="subscription_import"),
    re_path(
        r"^subscriptions/import/template\.(?P<ending>csv|xlsx)$",
        files.subscription_import_template,
        name="subscription_import_template",
    ),
    path(
        "subscriptions/import/<slug:public_id>/",
        files.subscription_import_check,
        name="subscription_import_check",
    ),
    path("subscriptions/spend/", spend.spend, name="spend"),
    path("subscriptions/spend/rows/", spend.spend_rows, name="spend_rows"),
    re_path(
        r"^subscriptions/spend/table\.(?P<ending>csv|xlsx)$",
        spend.spend_export,
        name="spend_export",
    ),
    path("subscriptions/findings/", findings.finding_list, name="finding_list"),
    path("subscriptions/findings/look/", findings.finding_search, name="finding_search"),
    path(
        "subscriptions/findings/<slug:public_id>/", findings.finding_decide, name="finding_decide"
    ),
    path("subscriptions/prices/", prices.price_changes, name="price_changes"),
    path(
        "subscriptions/prices/plan/<slug:public_id>/",
        prices.price_change_new,
        name="price_change_new",
    ),
    path("subscriptions/prices/<slug:public_id>/", prices.price_change, name="price_change"),
    path(
        "subscriptions/prices/<slug:public_id>/withdraw/",
        prices.price_change_withdraw,
        name="price_change_withdraw",
    ),
    re_path(rf"{_ONE}$", page.subscription_detail, name="subscription_detail"),
    re_path(rf"{_ONE}terms/$", page.subscription_terms, name="subscription_terms"),
    re_path(rf"{_ONE}price/$", page.subscription_price, name="subscription_price"),
    re_path(rf"{_ONE}end/$", page.subscription_end, name="subscription_end"),
    re_path(rf"{_ONE}note/$", page.subscription_note, name="subscription_note"),
    re_path(rf"{_ONE}sort/$", page.subscription_sort, name="subscription_sort"),
    re_path(rf"{_ONE}files/$", page.subscription_file_add, name="subscription_file_add"),
    re_path(rf"{_ONE}{_FILE}$", page.subscription_file, name="subscription_file"),
    re_path(
        rf"{_ONE}{_FILE}remove/$", page.subscription_file_remove, name="subscription_file_remove"
    ),
]
