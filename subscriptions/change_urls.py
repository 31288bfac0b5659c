"""URLs of changes of subscriptions."""

from django.urls import re_path

from subscriptions.views import changes

urlpatterns = [
    re_path(
        r"^subscriptions/(?P<number>ES-\d{4}-\d{4})/change/(?P<slug>[a-z]+)/$",
        changes.subscription_change,
        name="subscription_change",
    ),
    re_path(
        r"^requests/(?P<number>EC-\d{4}-\d{4})/check/$", changes.change_check, name="change_check"
    ),
]
