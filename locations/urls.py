"""URLs of `locations`."""

from django.urls import path, re_path

from locations.views import addresses, coverage, imports, new_address, statements
from locations.views.suggest import suggest

urlpatterns = [
    path("suggest/", suggest, name="suggest"),
    path("addresses/", addresses.address_list, name="address_list"),
    path("addresses/new/", new_address.address_new, name="address_new"),
    path("addresses/offers/", new_address.address_offers, name="address_offers"),
    path("addresses/<slug:public_id>/", addresses.address_detail, name="address_detail"),
    path("addresses/<slug:public_id>/verify/", addresses.address_verify, name="address_verify"),
    path("addresses/<slug:public_id>/refuse/", addresses.address_refuse, name="address_refuse"),
    path("addresses/<slug:public_id>/merge/", addresses.address_merge, name="address_merge"),
    path("coverage/", coverage.coverage_list, name="coverage_list"),
    path("coverage/import/", coverage.coverage_import, name="coverage_import"),
    path("coverage/import/preview/", coverage.coverage_preview, name="coverage_preview"),
    path("coverage/zones/<slug:public_id>/", coverage.coverage_zone, name="coverage_zone"),
    path(
        "coverage/zones/<slug:public_id>/edit/",
        coverage.coverage_zone_edit,
        name="coverage_zone_edit",
    ),
    path(
        "coverage/zones/<slug:public_id>/retire/", coverage.coverage_retire, name="coverage_retire"
    ),
    path(
        "coverage/zones/<slug:public_id>/restore/",
        coverage.coverage_restore,
        name="coverage_restore",
    ),
    path("coverage/buildings/", statements.coverage_buildings, name="coverage_buildings"),
    path("coverage/buildings/new/", statements.coverage_building_new, name="coverage_building_new"),
    path(
        "coverage/buildings/<int:pk>/",
        statements.coverage_building_edit,
        name="coverage_building_edit",
    ),
    path(
        "coverage/buildings/<int:pk>/withdraw/",
        statements.coverage_withdraw,
        name="coverage_withdraw",
    ),
    path("buildings/import/", imports.building_import, name="building_import"),
    re_path(
        r"^buildings/import/template\.(?P<ending>csv|xlsx)$",
        imports.building_import_template,
        name="building_import_template",
    ),
    path(
        "buildings/import/<slug:public_id>/",
        imports.building_import_check,
        name="building_import_check",
    ),
]
