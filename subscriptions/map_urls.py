"""The map and what it asks for."""

from django.urls import path

from subscriptions.views import map as views

urlpatterns = [
    path("map/", views.map_page, name="map"),
    path("map/buildings/", views.map_buildings, name="map_buildings"),
    path("map/buildings/<slug:public_id>/", views.map_building, name="map_building"),
    path("map/zones/", views.map_zones, name="map_zones"),
    path("map/requests/", views.map_requests, name="map_requests"),
    path("map/subscriptions/", views.map_subscriptions, name="map_subscriptions"),
]
