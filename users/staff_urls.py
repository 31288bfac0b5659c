"""URLs of `users` that stand beside those of other apps: of staff, and of the organization."""

from django.urls import path

from users.views import staff, support_access

urlpatterns = [
    path("staff/organizations/", staff.staff_organizations, name="staff_organizations"),
    path("staff/organizations/<slug:public_id>/act/", staff.staff_act, name="staff_act"),
    path("staff/enter/<slug:public_id>/", staff.support_enter, name="support_enter"),
    path("staff/leave/", staff.support_leave, name="support_leave"),
    path("organization/support-access/", support_access.support_access, name="support_access"),
    path(
        "organization/support-access/<slug:public_id>/",
        support_access.support_access_detail,
        name="support_access_detail",
    ),
    path(
        "organization/support-access/<slug:public_id>/end/",
        support_access.support_access_revoke,
        name="support_access_revoke",
    ),
]
