"""What the site says of itself on every page."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from pages.models.bilingual import Bilingual

THE_ROW = 1


class SiteSettings(Bilingual):
    """One row; staff edit it in the admin."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ROW, editable=False)
    name = models.CharField(_("site name"), max_length=80, default="Estconnect")
    phone = PhoneNumberField(_("phone"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    address_ru = models.CharField(_("address in Russian"), max_length=200, blank=True)
    address_en = models.CharField(_("address in English"), max_length=200, blank=True)
    hours_ru = models.CharField(_("working hours in Russian"), max_length=120, blank=True)
    hours_en = models.CharField(_("working hours in English"), max_length=120, blank=True)
    legal_ru = models.TextField(
        _("legal details in Russian"), blank=True, help_text=_("Name, INN, OGRN, bank details.")
    )
    legal_en = models.TextField(_("legal details in English"), blank=True)
    seo_title_ru = models.CharField(_("search title in Russian"), max_length=120, blank=True)
    seo_title_en = models.CharField(_("search title in English"), max_length=120, blank=True)
    seo_description_ru = models.CharField(
        _("search description in Russian"),
        max_length=300,
        blank=True,
        help_text=_("Pages without a description of their own show this one."),
    )
    seo_description_en = models.CharField(
        _("search description in English"), max_length=300, blank=True
    )

    class Meta:
        verbose_name = _("site settings")
        verbose_name_plural = _("site settings")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=THE_ROW), name="site_settings_one_row"),
        ]

    def __str__(self) -> str:
        return self.name
