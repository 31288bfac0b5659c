"""URLs of an organization, of invitations to it, and of its verification."""

from django.urls import path

from users.views import (
    invitations,
    invited,
    members,
    organization_profile,
    teams,
    verification,
    verification_queue,
)

urlpatterns = [
    path("organization/", organization_profile.organization_profile, name="organization_profile"),
    path("organization/edit/", organization_profile.organization_edit, name="organization_edit"),
    path("organization/logo/", organization_profile.organization_logo, name="organization_logo"),
    path(
        "organization/requisites/",
        organization_profile.organization_requisites,
        name="organization_requisites",
    ),
    path(
        "organization/calendar/",
        organization_profile.organization_calendar,
        name="organization_calendar",
    ),
    path(
        "organization/calendar/days/",
        organization_profile.organization_day_set,
        name="organization_day_set",
    ),
    path(
        "organization/calendar/days/<slug:day>/",
        organization_profile.organization_day_forget,
        name="organization_day_forget",
    ),
    path("organization/members/", members.member_list, name="member_list"),
    path("organization/members/<slug:public_id>/", members.member_edit, name="member_edit"),
    path(
        "organization/members/<slug:public_id>/remove/", members.member_remove, name="member_remove"
    ),
    path(
        "organization/members/<slug:public_id>/owner/",
        members.member_hand_over,
        name="member_hand_over",
    ),
    path("organization/leave/", members.organization_leave, name="organization_leave"),
    path("organization/invite/", invitations.invitation_new, name="invitation_new"),
    path(
        "organization/invitations/<slug:public_id>/resend/",
        invitations.invitation_resend,
        name="invitation_resend",
    ),
    path(
        "organization/invitations/<slug:public_id>/revoke/",
        invitations.invitation_revoke,
        name="invitation_revoke",
    ),
    path("users/invitations/<slug:token>/", invited.invitation, name="invitation"),
    path("organization/teams/", teams.team_list, name="team_list"),
    path("organization/teams/new/", teams.team_new, name="team_new"),
    path("organization/teams/<slug:public_id>/", teams.team_detail, name="team_detail"),
    path("organization/teams/<slug:public_id>/edit/", teams.team_edit, name="team_edit"),
    path("organization/teams/<slug:public_id>/remove/", teams.team_remove, name="team_remove"),
    path(
        "organization/verification/",
        verification.organization_verification,
        name="organization_verification",
    ),
    path("organization/verification/ask/", verification.verification_ask, name="verification_ask"),
    path(
        "organization/verification/<slug:public_id>/withdraw/",
        verification.verification_withdraw,
        name="verification_withdraw",
    ),
    path("organization/claim/", verification.organization_claim, name="organization_claim"),
    path(
        "organization/claim/<slug:public_id>/",
        verification.organization_claim_one,
        name="organization_claim_one",
    ),
    path(
        "organization/claim/<slug:public_id>/withdraw/",
        verification.claim_withdraw,
        name="claim_withdraw",
    ),
    path(
        "organization/documents/<slug:public_id>/",
        verification.verification_document,
        name="verification_document",
    ),
    path("staff/verifications/", verification_queue.verification_queue, name="verification_queue"),
    path(
        "staff/verifications/<slug:public_id>/",
        verification_queue.verification_detail,
        name="verification_detail",
    ),
    path(
        "staff/verifications/<slug:public_id>/approve/",
        verification_queue.verification_approve,
        name="verification_approve",
    ),
    path(
        "staff/verifications/<slug:public_id>/refuse/",
        verification_queue.verification_refuse,
        name="verification_refuse",
    ),
]
