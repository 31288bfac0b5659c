"""URLs of the support desk: customer pages."""

from django.urls import path, re_path

from support.views.customer import listing, observers, opening, scoring, thread

_ONE = r"^(?P<number>ET-[0-9]{4}-[0-9]{4})/"

urlpatterns = [
    path("", listing.ticket_list, name="ticket_list"),
    path("new/", opening.ticket_new, name="ticket_new"),
    path("new/details/", opening.ticket_new_details, name="ticket_new_details"),
    path("score/<str:token>/", scoring.ticket_score_link, name="ticket_score_link"),
    re_path(rf"{_ONE}$", thread.ticket_detail, name="ticket_detail"),
    re_path(rf"{_ONE}answer/$", thread.ticket_answer, name="ticket_answer"),
    re_path(rf"{_ONE}do/$", thread.ticket_move, name="ticket_move"),
    re_path(rf"{_ONE}score/$", scoring.ticket_score, name="ticket_score"),
    re_path(rf"{_ONE}observers/$", observers.ticket_observers, name="ticket_observers"),
]
