"""URLs of `locations`."""

from django.urls import path, re_path

from locations.views import (
    addresses,
    coverage,
    coverage_bulk,
    findings,
    imports,
    lists,
    new_address,
    statements,
    zone_editing,
)
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
    path("coverage/outlines/", coverage.coverage_outlines, name="coverage_outlines"),
    path("coverage/export/", zone_editing.coverage_export, name="coverage_export"),
    path("coverage/check/", findings.coverage_findings, name="coverage_findings"),
    path("coverage/check/now/", findings.coverage_check_now, name="coverage_check_now"),
    path("coverage/around/", zone_editing.coverage_around, name="coverage_around"),
    path("coverage/zones/new/", zone_editing.coverage_zone_new, name="coverage_zone_new"),
    path("coverage/zones/bulk/", coverage_bulk.coverage_bulk_zones, name="coverage_bulk_zones"),
    path(
        "coverage/zones/<slug:public_id>/around/",
        zone_editing.coverage_around,
        name="coverage_around",
    ),
    path(
        "coverage/zones/<slug:public_id>/confirm/",
        coverage.coverage_confirm,
        name="coverage_confirm",
    ),
    path("coverage/zones/<slug:public_id>/", coverage.coverage_zone, name="coverage_zone"),
    path(
        "coverage/zones/<slug:public_id>/edit/",
        zone_editing.coverage_zone_edit,
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
    path(
        "coverage/buildings/bulk/",
        coverage_bulk.coverage_bulk_buildings,
        name="coverage_bulk_buildings",
    ),
    path("coverage/buildings/import/", lists.coverage_list_import, name="coverage_list_import"),
    re_path(
        r"^coverage/buildings/import/buildings\.(?P<ending>csv|xlsx)$",
        lists.coverage_list_template,
        name="coverage_list_template",
    ),
    path(
        "coverage/buildings/import/<slug:public_id>/",
        lists.coverage_list_check,
        name="coverage_list_check",
    ),
    path("coverage/buildings/export/", lists.coverage_list_export, name="coverage_list_export"),
    path("coverage/buildings/new/", statements.coverage_building_new, name="coverage_building_new"),
    path(
        "coverage/buildings/<int:pk>/",
        statements.coverage_building_edit,
        name="coverage_building_edit",
    ),
    path(
        "coverage/buildings/<int:pk>/confirm/",
        statements.coverage_building_confirm,
        name="coverage_building_confirm",
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
