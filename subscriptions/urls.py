"""URLs of `subscriptions`."""

from django.urls import include, path

from subscriptions.views import plans, team_places

urlpatterns = [
    path("", include("subscriptions.answer_urls")),
    path("", include("subscriptions.filing_urls")),
    path("", include("subscriptions.map_urls")),
    path("", include("subscriptions.page_urls")),
    path("", include("subscriptions.request_urls")),
    path("", include("subscriptions.change_urls")),
    path("", include("subscriptions.visit_urls")),
    path("", include("subscriptions.working_urls")),
    path("", include("subscriptions.centre_urls")),
    path("", include("subscriptions.usage_urls")),
    path("", include("subscriptions.lead_urls")),
    path("", include("subscriptions.client_urls")),
    path("", include("subscriptions.deadline_urls")),
    path("plans/", plans.plan_list, name="plan_list"),
    path("plans/new/", plans.plan_new, name="plan_new"),
    path("plans/<slug:public_id>/edit/", plans.plan_edit, name="plan_edit"),
    path(
        "organization/teams/<slug:public_id>/places/", team_places.team_places, name="team_places"
    ),
    path(
        "organization/teams/<slug:public_id>/places/<int:pk>/remove/",
        team_places.team_place_remove,
        name="team_place_remove",
    ),
]
