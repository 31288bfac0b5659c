"""Pages of visits: choosing a time, the crew's day, slots, calendars."""

from django.urls import path, re_path

from subscriptions.views import visit_days, visit_links, visit_pick

NUMBER = r"(?P<number>EC-\d{4}-\d{4})"

urlpatterns = [
    path("visits/", visit_days.visit_day, name="visit_day"),
    re_path(rf"^visits/{NUMBER}/done/$", visit_days.visit_done, name="visit_done"),
    path("visit/<str:token>/", visit_links.visit_link, name="visit_link"),
    re_path(rf"^requests/{NUMBER}/visit/link/$", visit_pick.visit_link_act, name="visit_link_act"),
    re_path(rf"^requests/{NUMBER}/visit/$", visit_pick.request_visit, name="request_visit"),
]
