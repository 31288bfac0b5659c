"""Pages of visits: choosing a time, the crew's day, slots, calendars."""

from django.urls import path, re_path

from subscriptions.views import calendar_feeds, slots, visit_days, visit_links, visit_pick

NUMBER = r"(?P<number>EC-\d{4}-\d{4})"

urlpatterns = [
    path("visits/", visit_days.visit_day, name="visit_day"),
    path("visits/week/", slots.visit_week, name="visit_week"),
    path("visits/slots/", slots.slot_list, name="slot_list"),
    path("visits/slots/new/", slots.slot_new, name="slot_new"),
    path("visits/slots/cities/", slots.slot_cities, name="slot_cities"),
    path("visits/slots/days/new/", slots.slot_exception_new, name="slot_exception_new"),
    path(
        "visits/slots/days/<slug:public_id>/remove/",
        slots.slot_exception_remove,
        name="slot_exception_remove",
    ),
    path("visits/slots/<slug:public_id>/", slots.slot_edit, name="slot_edit"),
    path("visits/slots/<slug:public_id>/delete/", slots.slot_delete, name="slot_delete"),
    re_path(rf"^visits/{NUMBER}/done/$", visit_days.visit_done, name="visit_done"),
    # By the links of letters.
    path("visit/<str:token>/", visit_links.visit_link, name="visit_link"),
    re_path(rf"^requests/{NUMBER}/visit/$", visit_pick.request_visit, name="request_visit"),
    re_path(rf"^requests/{NUMBER}/visit/link/$", visit_pick.visit_link_act, name="visit_link_act"),
    path("account/calendars/", calendar_feeds.calendar_feeds, name="calendar_feeds"),
    path(
        "account/calendars/<slug:public_id>/revoke/",
        calendar_feeds.calendar_feed_revoke,
        name="calendar_feed_revoke",
    ),
    path("calendars/<str:token>.ics", calendar_feeds.calendar_feed, name="calendar_feed"),
]
