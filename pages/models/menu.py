"""The menus of the public site: a tree of two levels, at the top and at the foot."""

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.translation import gettext_lazy as _

from pages.models.bilingual import Bilingual
from pages.models.page import SitePage


class MenuItem(Bilingual):
    """A link to a site page or to another page of the portal; without either, a heading."""

    class Placement(models.TextChoices):
        HEADER = "HEADER", _("Top of the page")
        FOOTER = "FOOTER", _("Foot of the page")

    placement = models.CharField(_("place"), max_length=10, choices=Placement.choices)
    parent = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("under"),
        limit_choices_to={"parent": None},
    )
    title_ru = models.CharField(
        _("title in Russian"),
        max_length=60,
        blank=True,
        help_text=_("Empty: the title of the page."),
    )
    title_en = models.CharField(_("title in English"), max_length=60, blank=True)
    page = models.ForeignKey(
        SitePage, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("page")
    )
    target = models.CharField(
        _("other address"),
        max_length=200,
        blank=True,
        help_text=_("A path like /availability/, or the name of a page of the portal."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_visible = models.BooleanField(_("shown"), default=True)

    class Meta:
        verbose_name = _("menu item")
        verbose_name_plural = _("menu items")
        ordering = ["placement", "position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(page__isnull=True) | models.Q(target=""),
                name="menu_item_one_target",
                violation_error_message=_("Give a page or another address, not both."),
            ),
        ]

    def __str__(self) -> str:
        return self.title_ru or (str(self.page) if self.page else self.target)

    @property
    def url(self) -> str:
        """Where it leads; "" for a heading, and for a link that would be dead."""
        if self.page is not None:
            return self.page.get_absolute_url() if self.page.is_published else ""
        return resolve_target(self.target)

    def clean(self) -> None:
        super().clean()
        if self.target and not resolve_target(self.target):
            raise ValidationError({"target": _("There is no such page on the portal.")})
        if not self.title_ru and self.page is None:
            raise ValidationError({"title_ru": _("Only a link to a page may do without a title.")})
        if self.parent is None:
            return
        if self.parent_id == self.pk or self.parent.parent_id is not None:
            raise ValidationError({"parent": _("The menu has two levels.")})
        if self.parent.placement != self.placement:
            raise ValidationError({"parent": _("The item above it stands at another place.")})


def resolve_target(target: str) -> str:
    """The path that a path or a URL name means; "" when the portal has no such page."""
    if not target.startswith("/"):
        try:
            return reverse(target) if target else ""
        except NoReverseMatch:
            return ""
    path = target.partition("#")[0].partition("?")[0]
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    # The pages of the site have rows of their own: a path to one could die unseen.
    return "" if match.url_name == "site_page" else target
