"""A page of the public site, written in Markdown."""

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import resolve, reverse
from django.utils.translation import gettext_lazy as _

from pages.models.bilingual import Bilingual

# Registration asks for consent to this text: it is always there.
ALWAYS_PUBLISHED = {"privacy"}


class SitePage(Bilingual):
    """Title, lead and text in both languages; opens at `/<slug>/`."""

    slug = models.SlugField(_("address"), max_length=60, unique=True)
    title_ru = models.CharField(_("title in Russian"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=120, blank=True)
    lead_ru = models.TextField(_("first paragraph in Russian"), max_length=600, blank=True)
    lead_en = models.TextField(_("first paragraph in English"), max_length=600, blank=True)
    body_ru = models.TextField(_("text in Russian"), help_text=_("Markdown."), blank=True)
    body_en = models.TextField(_("text in English"), help_text=_("Markdown."), blank=True)
    seo_title_ru = models.CharField(_("search title in Russian"), max_length=120, blank=True)
    seo_title_en = models.CharField(_("search title in English"), max_length=120, blank=True)
    seo_description_ru = models.CharField(
        _("search description in Russian"), max_length=300, blank=True
    )
    seo_description_en = models.CharField(
        _("search description in English"), max_length=300, blank=True
    )
    shows_contacts = models.BooleanField(
        _("shows contacts"),
        default=False,
        help_text=_("Phone, e-mail, address and legal details from the site settings."),
    )
    is_published = models.BooleanField(_("published"), default=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("site page")
        verbose_name_plural = _("site pages")
        ordering = ["slug"]

    def __str__(self) -> str:
        return f"/{self.slug}/"

    def get_absolute_url(self) -> str:
        return reverse("site_page", args=[self.slug])

    def clean(self) -> None:
        super().clean()
        if self.slug and resolve(f"/{self.slug}/").url_name != "site_page":
            raise ValidationError(
                {"slug": _("The portal's own page stands at this address. Choose another.")}
            )
        if self.slug in ALWAYS_PUBLISHED and not self.is_published:
            raise ValidationError(
                {"is_published": _("Registration refers to this page: it stays published.")}
            )
