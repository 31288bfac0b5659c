"""The knowledge base in Django admin: sections, and articles by the services of their pages."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.folding import fold
from subscriptions.forms.errors import show
from support.models import Article, ArticleCategory, ArticleVote
from support.selectors.article_search import forget_vocabulary
from support.services.articles import check_slug, publish, save_article, unpublish
from users.admin import ReadOnlyAdmin, ScopedAdmin, admin_actor

_TEXTS = ("title", "summary", "category", "body", "slug", "ticket_category", "position")


@admin.register(ArticleCategory)
class ArticleCategoryAdmin(ScopedAdmin):
    reference = True
    sortable_by = None
    list_display = ("name", "slug", "icon", "position")
    finds = {"slug__startswith": str.lower}
    prepopulated_fields = {"slug": ["name"]}


class ArticleAdminForm(forms.ModelForm):
    """What the service would refuse is said beside its field."""

    class Meta:
        model = Article
        fields = _TEXTS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            check_slug(self.instance, cleaned.get("slug") or "")
        except DomainError as error:
            show(self, error)
        return cleaned


@admin.register(Article)
class ArticleAdmin(ScopedAdmin):
    reference = True
    form = ArticleAdminForm
    list_display = ("title", "category", "state", "helped", "helped_not", "updated_at")
    list_select_related = ("category",)
    list_filter = ("state", "category")
    finds = {"search_title__startswith": fold, "slug__startswith": str.lower}
    fields = (*_TEXTS, "state", "helped", "helped_not", "updated_at", "published_at")
    readonly_fields = ("state", "helped", "helped_not", "updated_at", "published_at")
    actions = ("publish_them", "unpublish_them")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        given = {name: form.cleaned_data[name] for name in _TEXTS}
        stored = Article.objects.get(pk=obj.pk) if change else None
        saved = save_article(admin_actor(request), stored, **given)
        obj.__dict__.update(saved.__dict__)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        forget_vocabulary()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        super().delete_queryset(request, queryset)
        forget_vocabulary()

    @admin.action(description=_("Publish"), permissions=["change"])
    def publish_them(self, request: HttpRequest, queryset: QuerySet) -> None:
        for article in queryset:
            publish(admin_actor(request), article)

    @admin.action(description=_("Make them drafts"), permissions=["change"])
    def unpublish_them(self, request: HttpRequest, queryset: QuerySet) -> None:
        for article in queryset:
            unpublish(admin_actor(request), article)


@admin.register(ArticleVote)
class ArticleVoteAdmin(ReadOnlyAdmin):
    """What readers said; who they were is not known."""

    reference = True
    list_display = ("article", "has_helped", "comment", "created_at")
    list_select_related = ("article",)
    list_filter = ("has_helped",)
    exclude = ("reader",)
