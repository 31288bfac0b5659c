"""URLs of the support desk: files, of both sides and of the staff."""

from django.urls import path

from support.views import files

urlpatterns = [
    path("support/files/<slug:public_id>/", files.ticket_file, name="ticket_file"),
    path("desk/files/<slug:public_id>/", files.note_file, name="note_file"),
]
