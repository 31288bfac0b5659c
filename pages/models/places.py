"""What the public site shows of cities and providers: worked out by a job, read by pages.

Slugs are given once and stay, also while a page is not shown.
"""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from locations.models import CoverageState

SLUG_LENGTH = 80


class PublicPage(models.Model):
    slug = models.SlugField(_("address"), max_length=SLUG_LENGTH, unique=True)
    is_shown = models.BooleanField(_("shown"), default=False)
    # When what it shows was last found to be another.
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        abstract = True


class PublicCity(PublicPage):
    """A city with something on offer: `/connect/<slug>/`."""

    city = models.OneToOneField("locations.City", models.CASCADE, related_name="public_page")
    providers = models.PositiveIntegerField(_("providers"), default=0)
    # Of the catalogue's first service that is on sale there: of internet, not of the intercom.
    lowest_price = models.DecimalField(
        _("lowest price a month"), max_digits=10, decimal_places=2, null=True, blank=True
    )

    class Meta:
        verbose_name = _("page of a city")
        verbose_name_plural = _("pages of cities")

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return reverse("connect_city", args=[self.slug])


class PublicProvider(PublicPage):
    """A verified provider that offers something: `/providers/<slug>/`. None of the sandbox."""

    provider = models.OneToOneField(
        "users.Organization", models.CASCADE, related_name="public_page"
    )

    class Meta:
        verbose_name = _("page of a provider")
        verbose_name_plural = _("pages of providers")

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return reverse("provider_page", args=[self.slug])


class PublicOffer(models.Model):
    """That a provider offers a category in a city: by its zones there, or building by building."""

    city = models.ForeignKey(PublicCity, models.CASCADE, related_name="offers")
    provider = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    category = models.ForeignKey("locations.ServiceCategory", models.CASCADE, related_name="+")
    # The best that is stated of any building of the city.
    state = models.CharField(_("state"), max_length=15, choices=CoverageState.choices)
    plans = models.PositiveIntegerField(_("plans"), default=0)
    lowest_price = models.DecimalField(
        _("lowest price a month"), max_digits=10, decimal_places=2, null=True, blank=True
    )

    class Meta:
        verbose_name = _("offer in a city")
        verbose_name_plural = _("offers in cities")
        constraints = [
            models.UniqueConstraint(
                fields=["city", "provider", "category"], name="public_offer_once"
            ),
        ]
        indexes = [models.Index(fields=["provider", "city"], name="public_offer_provider")]

    def __str__(self) -> str:
        return f"{self.city_id}: {self.provider_id}"
