"""URLs of `developers`."""

from django.urls import path

from developers import views

urlpatterns = [
    path("parts/", views.parts, name="parts"),
    path("parts/suggest/", views.parts_suggest, name="parts_suggest"),
    path("parts/clock/", views.parts_clock, name="parts_clock"),
]
