"""URLs of `subscriptions`."""

from django.urls import include, path

from subscriptions.views import availability, clients, filing, plans

urlpatterns = [
    path("availability/", availability.availability, name="availability"),
    path(
        "availability/<slug:public_id>/",
        availability.availability_building,
        name="availability_building",
    ),
    path(
        "availability/<slug:public_id>/answer/",
        availability.availability_answer,
        name="availability_answer",
    ),
    path("requests/new/", filing.request_new, name="request_new"),
    path("requests/check/<slug:public_id>/", filing.request_check, name="request_check"),
    path("", include("subscriptions.request_urls")),
    path("", include("subscriptions.lead_urls")),
    path("clients/", clients.client_list, name="client_list"),
    path("clients/new/", clients.client_new, name="client_new"),
    path("clients/<slug:public_id>/", clients.client_detail, name="client_detail"),
    path("clients/<slug:public_id>/edit/", clients.client_edit, name="client_edit"),
    path("plans/", plans.plan_list, name="plan_list"),
    path("plans/new/", plans.plan_new, name="plan_new"),
    path("plans/<slug:public_id>/edit/", plans.plan_edit, name="plan_edit"),
]
