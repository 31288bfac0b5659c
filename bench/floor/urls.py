"""One page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from bench.floor.models import FloorRequest


def floor(request: HttpRequest, owner_id: int) -> HttpResponse:
    """25 rows of one owner by an index, for a signed-in person."""
    rows = FloorRequest.objects.filter(owner_id=owner_id).order_by("-id")[:25]
    return render(request, "floor.html", {"rows": rows, "user": request.user})


urlpatterns = [path("floor/<int:owner_id>/", floor)]
