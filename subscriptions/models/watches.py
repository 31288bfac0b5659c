"""“Tell me when it appears”: who waits for which service at which building (DOMAIN.md)."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core import clock
from core.actor import Actor
from core.ids import new_public_id
from core.querysets import OwnedQuerySet
from subscriptions.choices import WatchState
from subscriptions.models.teams import at_places


class WatchListQuerySet(OwnedQuerySet):
    def that_wait(self) -> Self:
        """Those any building of which still waits."""
        return self.filter(self._any_waits())

    def that_are_over(self) -> Self:
        return self.filter(~self._any_waits())

    def _any_waits(self) -> models.Exists:
        rows = AvailabilityWatch.objects.filter(state=WatchState.WAITING)
        return models.Exists(rows.filter(list=models.OuterRef("pk")))


class WatchList(models.Model):
    """Buildings of an answered list that wait for one service, and are told of together."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    owner = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    category = models.ForeignKey("locations.ServiceCategory", models.PROTECT, related_name="+")
    # The answered list it was made of: made twice, it is one.
    source = models.CharField(max_length=12, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))

    objects = WatchListQuerySet.as_manager()

    class Meta:
        verbose_name = _("list of buildings that wait")
        verbose_name_plural = _("lists of buildings that wait")
        constraints = [
            models.UniqueConstraint(fields=["owner", "category", "source"], name="watch_list_once"),
        ]
        indexes = [models.Index(fields=["owner", "-id"], name="watch_list_owner")]

    def __str__(self) -> str:
        return self.public_id


class WatchQuerySet(OwnedQuerySet):
    def _restrict(self, column: str, actor: Actor) -> Self:
        """Members of a company's team see what is awaited at its places."""
        rows = super()._restrict(column, actor)
        return at_places(rows, actor, building="building_id", city="building__city_id")

    def waiting(self) -> Self:
        """Those that may come true now."""
        return self.filter(state=WatchState.WAITING, expires_at__gt=clock.now())


class AvailabilityWatch(models.Model):
    """One building, one category, and who is told once when it can be connected there.

    Of an organization: of its own, for a client of its portfolio, or one of a list. Of a visitor:
    an e-mail, confirmed by a link, and no owner.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    state = models.CharField(
        _("state"), max_length=12, choices=WatchState.choices, default=WatchState.WAITING
    )
    building = models.ForeignKey("locations.Building", models.CASCADE, related_name="+")
    category = models.ForeignKey("locations.ServiceCategory", models.PROTECT, related_name="+")
    # Of the building: a zone's watches are found by its box. They follow a building that is merged
    # at once, and one that is moved by a correction or an import with the hourly sweep.
    latitude = models.FloatField(_("latitude"), editable=False)
    longitude = models.FloatField(_("longitude"), editable=False)
    owner = models.ForeignKey("users.Organization", models.CASCADE, null=True, related_name="+")
    client = models.ForeignKey(
        "subscriptions.Client", models.CASCADE, null=True, blank=True, related_name="watches"
    )
    list = models.ForeignKey(
        WatchList, models.CASCADE, null=True, blank=True, related_name="watches"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Of a visitor, until some time after it is over.
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    consent_version = models.CharField(max_length=20, blank=True)
    # Who waits for what and where, while it is open; NULL afterwards. A key that MariaDB keeps too.
    open_key = models.CharField(max_length=100, null=True, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"))
    # The last letter of confirmation.
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    expires_at = models.DateTimeField(_("waits until"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    # Whose statement made it come true.
    provider = models.ForeignKey(
        "users.Organization", models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = WatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("awaited availability")
        verbose_name_plural = _("awaited availabilities")
        indexes = [
            # One's own, newest first.
            models.Index(fields=["owner", "-id"], name="watch_owner"),
            # Those in the box of a zone.
            models.Index(fields=["category", "state", "latitude"], name="watch_place"),
            # Those of a building.
            models.Index(fields=["building", "state"], name="watch_building"),
            # What runs out.
            models.Index(fields=["state", "expires_at"], name="watch_expiry"),
            # Letters of one address.
            models.Index(fields=["email", "-id"], name="watch_email"),
        ]

    def __str__(self) -> str:
        return self.public_id
