"""Pages of deadlines, and of what connections earn."""

from django.urls import path

from subscriptions.views import deadlines

urlpatterns = [
    path("organization/deadlines/", deadlines.deadline_rules, name="deadline_rules"),
]
