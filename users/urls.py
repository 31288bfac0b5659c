"""URLs of `users`, beside allauth's."""

from django.urls import path

from users import views

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("organizations/", views.organization_choose, name="organization_choose"),
    path("switch/", views.organization_switch, name="organization_switch"),
    path("consent/", views.consent_document, name="consent_document"),
]
