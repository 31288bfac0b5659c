"""Pages of leads: the public check of an address, an agency's leads and rules, staff's disputes."""

from django.urls import path

from subscriptions.views import disputes, lead_rules, leads, public_check

urlpatterns = [
    path("check/", public_check.check, name="check"),
    path("check/wish/", public_check.lead_new, name="lead_new"),
    path("check/thanks/", public_check.lead_thanks, name="lead_thanks"),
    path("check/consent/", public_check.lead_consent, name="lead_consent"),
    path("leads/", leads.lead_list, name="lead_list"),
    path("leads/rules/", lead_rules.lead_rules, name="lead_rules"),
    path("leads/rules/cities/", lead_rules.lead_rule_cities, name="lead_rule_cities"),
    path("leads/rules/<int:pk>/", lead_rules.lead_rule_edit, name="lead_rule_edit"),
    path("leads/rules/<int:pk>/do/", lead_rules.lead_rule_act, name="lead_rule_act"),
    path("leads/<slug:public_id>/", leads.lead_detail, name="lead_detail"),
    path("leads/<slug:public_id>/take/", leads.lead_take, name="lead_take"),
    path("leads/<slug:public_id>/pass/", leads.lead_pass, name="lead_pass"),
    path("leads/<slug:public_id>/close/", leads.lead_close, name="lead_close"),
    path("leads/<slug:public_id>/client/", leads.lead_client, name="lead_client"),
    path("staff/disputes/", disputes.staff_disputes, name="staff_disputes"),
    path("staff/disputes/<slug:public_id>/", disputes.staff_dispute, name="staff_dispute"),
]
