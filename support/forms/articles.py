"""Forms of those who write the knowledge base; every rule is the service's."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from support.models import Article, ArticleCategory, TicketCategory

_TEXTS = ("title", "summary", "body")


class ArticleForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=150)
    category = forms.ModelChoiceField(
        ArticleCategory.objects.all(), label=_("Section"), empty_label=None
    )
    summary = forms.CharField(
        label=_("In short"),
        max_length=300,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("One sentence: it stands above the text, in lists and in search engines."),
    )
    body = forms.CharField(
        label=_("Text"),
        max_length=50_000,
        strip=False,
        widget=forms.Textarea({"rows": 24, "spellcheck": "true"}),
        help_text=_("Markdown: ## heading, **bold**, - list, 1. steps, [words](address)."),
    )
    ticket_category = forms.ModelChoiceField(
        TicketCategory.objects.filter(archived_at=None),
        label=_("For tickets of the category"),
        required=False,
        help_text=_("Whoever writes such a ticket is offered this article first."),
    )
    position = forms.IntegerField(
        label=_("Position"),
        min_value=0,
        max_value=32_000,
        initial=0,
        help_text=_("The smaller, the higher it stands in its section."),
    )
    slug = forms.SlugField(
        label=_("Address"),
        max_length=80,
        required=False,
        help_text=_("Latin letters, digits and hyphens. Empty: made of the title."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(self, data: Any = None, *, article: Article | None = None) -> None:
        super().__init__(data, initial=_initial(article) if article else {})
        if article is None:
            del self.fields["version"]
        elif article.published_at is not None:
            # Links to it would be dead.
            del self.fields["slug"]

    def arguments(self) -> dict[str, Any]:
        """For `save_article`, from a valid form."""
        return dict(self.cleaned_data)

    def take_version(self, version: int) -> None:
        """After a conflict: what is sent next is meant for what stands there now."""
        self.data = {**self.data.dict(), "version": str(version)}  # type: ignore[attr-defined]


def _initial(article: Article) -> dict[str, Any]:
    names = (*_TEXTS, "category", "ticket_category", "position", "slug", "version")
    return {name: getattr(article, name) for name in names}
