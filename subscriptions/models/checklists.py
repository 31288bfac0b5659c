"""What a provider's people go through at a request: templates, and the copy on each request."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.choices import OrganizationKind
from core.ids import new_public_id
from core.querysets import PartyQuerySet

TEXT_LENGTH = 200


class ProvidersOwnQuerySet(PartyQuerySet):
    """What a provider sets up for its own work."""

    party_columns = {OrganizationKind.PROVIDER: "provider"}


class ChecklistTemplate(models.Model):
    """The checklist of a provider for one category, or for all that have none of their own."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    provider = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    category = models.ForeignKey(
        "locations.ServiceCategory", models.CASCADE, null=True, blank=True, related_name="+"
    )
    # "provider:category", or "provider:0": one for each, where NULLs would not be held to be equal.
    key = models.CharField(max_length=40, unique=True, editable=False)
    is_active = models.BooleanField(_("in use"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))

    objects = ProvidersOwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("checklist")
        verbose_name_plural = _("checklists")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.key

    @staticmethod
    def key_of(provider_id: int, category_id: int | None) -> str:
        return f"{provider_id}:{category_id or 0}"


class ChecklistTemplateItem(models.Model):
    template = models.ForeignKey(ChecklistTemplate, models.CASCADE, related_name="items")
    text = models.CharField(_("item"), max_length=TEXT_LENGTH)
    is_required = models.BooleanField(_("required"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("item of a checklist")
        verbose_name_plural = _("items of checklists")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text


class ChecklistItem(models.Model):
    """An item on one request: it stays as it was copied, whatever becomes of the template."""

    request = models.ForeignKey(
        "subscriptions.ConnectionRequest", models.CASCADE, related_name="checklist"
    )
    text = models.CharField(_("item"), max_length=TEXT_LENGTH)
    is_required = models.BooleanField(_("required"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("item on a request")
        verbose_name_plural = _("items on requests")
        ordering = ["position", "pk"]
        constraints = [
            # Copied twice at once, it is there once.
            models.UniqueConstraint(fields=["request", "position"], name="checklist_item_once"),
        ]

    def __str__(self) -> str:
        return self.text
