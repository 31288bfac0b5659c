"""Pages of deadlines, and of what connections earn."""

from django.urls import path

from subscriptions.views import commissions, deadlines

urlpatterns = [
    path("organization/deadlines/", deadlines.deadline_rules, name="deadline_rules"),
    path("commissions/", commissions.commission_list, name="commission_list"),
    path("commissions/export/", commissions.commission_export, name="commission_export"),
    path("commissions/statement/", commissions.commission_statement, name="commission_statement"),
]
