"""URLs of the support desk: help pages."""

from django.urls import path

from support.views import help

urlpatterns = [
    path("", help.help_home, name="help_home"),
    path("search/", help.help_search, name="help_search"),
    path("suggest/", help.help_suggest, name="help_suggest"),
    path("sections/<slug:slug>/", help.help_category, name="help_category"),
    path("<slug:slug>/", help.help_article, name="help_article"),
    path("<slug:slug>/vote/", help.help_vote, name="help_vote"),
]
