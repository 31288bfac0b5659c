"""URLs of `pages`. The pages that staff write come last: any address that nothing else has."""

from django.urls import path

from pages.views import discovery, health, home, places, public, search

urlpatterns = [
    path("", public.site_home, name="site_home"),
    path("home/", home.home, name="home"),
    path("home/live/", home.home_live, name="home_live"),
    path("search/", search.search, name="search"),
    path("search/suggest/", search.search_suggest, name="search_suggest"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("robots.txt", discovery.robots, name="robots"),
    path("sitemap.xml", discovery.sitemap, name="sitemap"),
    path("sitemap-<slug:section>.xml", discovery.sitemap_part, name="sitemap_part"),
    path("favicon.ico", discovery.favicon, name="favicon"),
    path("connect/", places.connect_index, name="connect_index"),
    path("connect/<slug:city>/", places.connect_city, name="connect_city"),
    path(
        "connect/<slug:city>/<slug:provider>/",
        places.connect_city_provider,
        name="connect_city_provider",
    ),
    path("providers/", places.providers, name="providers"),
    path("providers/<slug:slug>/", places.provider, name="provider_page"),
    path("<slug:slug>/", public.site_page, name="site_page"),
]
