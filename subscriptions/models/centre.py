"""What an organization keeps beside its subscriptions: tags, cost centres, notes, documents."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.ids import new_public_id
from core.querysets import OwnedQuerySet
from core.storage import private_storage
from subscriptions.choices import DocumentKind, FindingKind, FindingState
from subscriptions.models.money import MoneyField
from subscriptions.models.teams import at_places
from users.models.fields import FoldedField


class CostCentre(models.Model):
    """What a holder's services are charged to: a department, a project, a shop."""

    owner = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=60)
    search_key = FoldedField("name", max_length=60)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("cost centre")
        verbose_name_plural = _("cost centres")
        ordering = ["search_key"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "search_key"], name="cost_centre_once"),
        ]

    def __str__(self) -> str:
        return self.name


class SubscriptionTag(models.Model):
    """A word by which an organization sorts the subscriptions that it sees."""

    owner = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=40)
    search_key = FoldedField("name", max_length=40)
    subscriptions = models.ManyToManyField(
        "subscriptions.Subscription", blank=True, related_name="tags"
    )

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag of subscriptions")
        verbose_name_plural = _("tags of subscriptions")
        ordering = ["search_key"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "search_key"], name="subscription_tag_once"),
        ]

    def __str__(self) -> str:
        return self.name


class SubscriptionNote(models.Model):
    """What one organization remembers of a subscription; nobody else reads it."""

    subscription = models.ForeignKey(
        "subscriptions.Subscription", models.CASCADE, related_name="own_notes"
    )
    owner = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    text = models.TextField(_("text"), max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(_("changed"))

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("note on a subscription")
        verbose_name_plural = _("notes on subscriptions")
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "owner"], name="subscription_note_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id}"


class SubscriptionFile(models.Model):
    """A document of a subscription, in private storage; for those who know what it costs."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    subscription = models.ForeignKey(
        "subscriptions.Subscription", models.CASCADE, related_name="files"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=DocumentKind.choices)
    file = models.FileField(_("file"), storage=private_storage, upload_to="subscriptions")
    name = models.CharField(_("name"), max_length=150)
    size = models.PositiveIntegerField(_("size"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    organization = models.ForeignKey(
        "users.Organization", models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("document of a subscription")
        verbose_name_plural = _("documents of subscriptions")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class FindingQuerySet(OwnedQuerySet):
    """Findings of one's own subscriptions; a team's members are told of those at its places."""

    def visible_to(self, actor: Actor) -> Self:
        return at_places(
            super().visible_to(actor),
            actor,
            building="subscription__building_id",
            city="subscription__city_id",
        )


class Finding(models.Model):
    """What looks doubled, or dearer than need be; found by a job, decided by people."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    owner = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=10, choices=FindingKind.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=FindingState.choices, default=FindingState.OPEN
    )
    subscription = models.ForeignKey(
        "subscriptions.Subscription", models.CASCADE, related_name="findings"
    )
    # Of doubled ones: the other.
    other = models.ForeignKey(
        "subscriptions.Subscription", models.CASCADE, null=True, related_name="+"
    )
    # Of overpriced ones: what could be had instead.
    plan = models.ForeignKey("subscriptions.Plan", models.CASCADE, null=True, related_name="+")
    saving_month = MoneyField(_("saving a month"))
    # What changing costs once: the exit fee of the old, the connection of the new.
    once = MoneyField(_("costs once"))
    # Over the first twelve months, less what it costs once.
    saving_year = MoneyField(_("saving over a year"), signed=True)
    # The same thing found again is the same finding: "O:subscription:plan", "D:one:other".
    key = models.CharField(max_length=60, editable=False)
    reason = models.CharField(_("why not"), max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    found_at = models.DateTimeField(_("found"))

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="finding_once")]
        indexes = [
            # The list: what saves most first.
            models.Index(fields=["owner", "state", "-saving_year", "-id"], name="finding_list"),
        ]

    def __str__(self) -> str:
        return self.key
