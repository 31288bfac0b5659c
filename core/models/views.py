"""How people like their lists: columns, and views kept under a name. For any list of the site."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.ids import new_public_id


class ViewQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """One's own, and what is shared, of the organization one acts for; or of the staff."""
        if actor.organization is None and actor.system:
            return self
        if actor.organization is None and not actor.is_staff:
            return self.none()
        rows = self.filter(organization_id=actor.organization_id, own_key__isnull=True)
        if actor.system:
            return rows
        return rows.filter(models.Q(user_id=actor.user_id) | models.Q(is_shared=True))


class SavedView(models.Model):
    """Filters, order and columns of a list under a name; of one person, or shared.

    `query` is the query string of the list as it stood: what it may hold is decided by the list's
    own filters when it is opened, not when it was saved.

    One more, without a name, is how a person sees the whole list: their columns, and in
    `arrangement` the order of the views and the one to begin with. It stands here so that one read
    gives a page all of it; `own_key` makes it the only one, and no page shows it as a view.
    """

    class Layout(models.TextChoices):
        LIST = "LIST", _("List")
        BOARD = "BOARD", _("Board")

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    # NULL: of staff who act for no organization; shared, it is of all who work the same list.
    organization = models.ForeignKey(
        "users.Organization", models.CASCADE, null=True, blank=True, related_name="+"
    )
    # Whose it is; of a shared view who made it, and nobody when they are gone.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    list_name = models.CharField(_("list"), max_length=40)
    name = models.CharField(_("name"), max_length=60)
    query = models.TextField(_("filters"), max_length=2000, blank=True)
    # Names of columns in their order; empty: each reader's own.
    columns = models.JSONField(_("columns"), default=list, blank=True)
    layout = models.CharField(
        _("layout"), max_length=6, choices=Layout.choices, default=Layout.LIST
    )
    is_shared = models.BooleanField(_("shared"), default=False)
    own_key = models.CharField(max_length=80, unique=True, null=True, editable=False)
    # {"order": [ids of views], "begin": id}, of the one without a name alone.
    arrangement = models.JSONField(default=dict, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))

    objects = ViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        indexes = [
            # The tabs above a list.
            models.Index(fields=["organization", "list_name", "user"], name="saved_view_tabs"),
        ]

    def __str__(self) -> str:
        return self.name
