"""Pages of metered use."""

from django.urls import path, re_path

from subscriptions.views.usage import files, limits, meters, overview, page, readings

_BASE = r"^subscriptions/(?P<number>ES-\d{4}-\d{4})/usage/"
_ID = r"(?P<public_id>[0-9A-Z]{12})"

urlpatterns = [
    path("usage/", overview.usage, name="usage"),
    path("usage/limits/", limits.usage_limits, name="usage_limits"),
    re_path(rf"^usage/limits/{_ID}/remove/$", limits.usage_limit_remove, name="usage_limit_remove"),
    path("usage/readings/", readings.usage_doubtful, name="usage_doubtful"),
    path("usage/export/", files.usage_export, name="usage_export"),
    path("usage/import/", files.usage_import, name="usage_import"),
    path(
        "usage/import/example.<str:ending>/",
        files.usage_import_template,
        name="usage_import_template",
    ),
    re_path(rf"^usage/import/{_ID}/$", files.usage_import_check, name="usage_import_check"),
    re_path(rf"{_BASE}$", page.subscription_usage, name="subscription_usage"),
    re_path(rf"{_BASE}figures/new/$", meters.usage_figure_new, name="usage_figure_new"),
    re_path(rf"{_BASE}limit/$", limits.subscription_limit, name="subscription_limit"),
    re_path(rf"{_BASE}meters/new/$", meters.usage_meter_new, name="usage_meter_new"),
    re_path(
        rf"{_BASE}meters/{_ID}/reading/$", readings.usage_reading_new, name="usage_reading_new"
    ),
    re_path(rf"{_BASE}meters/{_ID}/remove/$", meters.usage_meter_remove, name="usage_meter_remove"),
    re_path(
        rf"{_BASE}readings/{_ID}/correct/$",
        readings.usage_reading_correct,
        name="usage_reading_correct",
    ),
    re_path(
        rf"{_BASE}readings/{_ID}/decide/$",
        readings.usage_reading_decide,
        name="usage_reading_decide",
    ),
    re_path(
        rf"{_BASE}readings/{_ID}/photo/$", readings.usage_reading_photo, name="usage_reading_photo"
    ),
]
