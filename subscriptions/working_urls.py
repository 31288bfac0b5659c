"""Pages for working many requests: the board, the export, the rules of assignment."""

from django.urls import path

from subscriptions.views import assignment_rules, request_board, request_export

urlpatterns = [
    path("requests/board/", request_board.request_board, name="request_board"),
    path("requests/board/move/", request_board.request_board_move, name="request_board_move"),
    path("requests/export/", request_export.request_export, name="request_export"),
    path("requests/rules/", assignment_rules.assignment_rules, name="assignment_rules"),
    path(
        "requests/rules/<slug:public_id>/",
        assignment_rules.assignment_rule_edit,
        name="assignment_rule_edit",
    ),
    path(
        "requests/rules/<slug:public_id>/act/",
        assignment_rules.assignment_rule_act,
        name="assignment_rule_act",
    ),
]
