"""URLs of `users`, beside allauth's."""

from django.urls import path, re_path

from users import views
from users.views import account, phone, registration

urlpatterns = [
    # Before allauth's pages at the same addresses.
    path("signup/", registration.registration, name="account_signup"),
    re_path(
        r"^confirm-email/(?P<key>[-:\w]+)/$",
        registration.confirm_email,
        name="account_confirm_email",
    ),
    path("phone/change/", phone.phone_change, name="account_change_phone"),
    path("phone/verify/", phone.phone_verify, name="account_verify_phone"),
    path("phone/remove/", phone.phone_remove, name="phone_remove"),
    path("profile/", account.profile, name="profile"),
    path("profile/security/", account.security_records, name="security_records"),
    path("profile/data/", account.personal_data, name="personal_data"),
    path("profile/data/archive/", account.personal_data_export, name="personal_data_export"),
    path(
        "profile/data/archive/<slug:public_id>/",
        account.personal_data_download,
        name="personal_data_download",
    ),
    path("profile/consent/", account.consent_renew, name="consent_renew"),
    path("profile/consent/withdraw/", account.consent_withdraw, name="consent_withdraw"),
    path("profile/delete/", account.account_deletion, name="account_deletion"),
    path("profile/keep/", account.account_deletion_cancel, name="account_deletion_cancel"),
    # Before allauth's page at the same address.
    path("sessions/", account.session_list, name="session_list"),
    path("sessions/end/", account.session_end_all, name="session_end_all"),
    path("sessions/<int:pk>/end/", account.session_end, name="session_end"),
    path("organizations/", views.organization_choose, name="organization_choose"),
    path("switch/", views.organization_switch, name="organization_switch"),
    path("consent/", account.consent_document, name="consent_document"),
]
