"""URLs of the staff's side of the knowledge base, and of the figures of the desk."""

from django.urls import path

from support.views import articles, figures

urlpatterns = [
    path("figures/", figures.desk_figures, name="desk_figures"),
    path("figures/<slug:table>.<slug:ending>", figures.desk_figures_file, name="desk_figures_file"),
    path("articles/", articles.article_list, name="article_list"),
    path("articles/new/", articles.article_new, name="article_new"),
    path("articles/preview/", articles.article_preview, name="article_preview"),
    path("articles/<slug:slug>/", articles.article_edit, name="article_edit"),
    path("articles/<slug:slug>/state/", articles.article_state, name="article_state"),
]
