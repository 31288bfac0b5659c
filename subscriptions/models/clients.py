"""The portfolio of an agency or a builder."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from core.actor import Actor
from core.ids import new_public_id
from core.querysets import OwnedQuerySet
from subscriptions.choices import ClientKind
from users.models.fields import FoldedField


class ClientTag(models.Model):
    """A word by which an organization sorts its clients."""

    owner = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=40)
    search_key = FoldedField("name", max_length=40)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag of clients")
        verbose_name_plural = _("tags of clients")
        ordering = ["search_key"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "search_key"], name="client_tag_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ClientQuerySet(OwnedQuerySet):
    """Clients of a portfolio; a duplicate that was merged into another is none any more."""

    def visible_to(self, actor: Actor) -> Self:
        return super().visible_to(actor).filter(merged_into__isnull=True)

    def merged_away(self, actor: Actor) -> Self:
        """The duplicates that once stood in the actor's portfolio; each leads to the one kept."""
        return super().visible_to(actor).filter(merged_into__isnull=False)


class Client(models.Model):
    """A person or a company for whom requests are filed."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    owner = models.ForeignKey("users.Organization", models.CASCADE, related_name="clients")
    kind = models.CharField(
        _("kind"), max_length=10, choices=ClientKind.choices, default=ClientKind.PERSON
    )
    name = models.CharField(_("name"), max_length=200)
    phone = PhoneNumberField(_("phone"))
    email = models.EmailField(_("e-mail"), blank=True)
    comment = models.CharField(_("comment"), max_length=500, blank=True)
    search_key = FoldedField("name", max_length=200)
    # The client's leave to have their data passed to the provider; asked for at filing. Given
    # again after a withdrawal, the latter is emptied: events tell the history.
    consent_at = models.DateTimeField(_("consent given"), null=True, blank=True)
    consent_withdrawn_at = models.DateTimeField(_("consent withdrawn"), null=True, blank=True)
    tags = models.ManyToManyField(
        ClientTag, blank=True, related_name="clients", verbose_name=_("tags")
    )
    # A duplicate that was merged into another leads there; after a day it cannot be undone.
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="duplicates", editable=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("added"))
    updated_at = models.DateTimeField(_("changed"))

    objects = ClientQuerySet.as_manager()

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        indexes = [
            # The portfolio, newest first; and clients by name or by phone.
            models.Index(fields=["owner", "-id"], name="client_owner"),
            models.Index(fields=["owner", "search_key"], name="client_search"),
            models.Index(fields=["owner", "phone"], name="client_phone"),
            # Those added since a day, at any depth of the past: imports bring old dates late.
            models.Index(fields=["owner", "-created_at", "-id"], name="client_owner_added"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_consent(self) -> bool:
        """Whether the client agrees, as things stand, to their data being passed to providers."""
        return self.consent_at is not None and self.consent_withdrawn_at is None


class ClientTerm(models.Model):
    """A beginning by which a client is found: a word of the name, the phone, the phone backwards.

    Rows, because no database of the three finds the second word of a column by an index. Written
    by `services.clients` with the client (see `subscriptions.client_terms`).
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="terms")
    owner = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    term = models.CharField(max_length=40)

    class Meta:
        verbose_name = _("search term of a client")
        verbose_name_plural = _("search terms of clients")
        constraints = [
            models.UniqueConstraint(fields=["client", "term"], name="client_term_once"),
        ]
        indexes = [
            # Clients of one owner by the beginning of a term. The operator class lets PostgreSQL
            # use it for LIKE 'x%' in any locale; the other databases read past it.
            models.Index(
                fields=["owner", "term", "client"],
                name="client_term",
                opclasses=["int8_ops", "varchar_pattern_ops", "int8_ops"],
            ),
            # Clients on a provider's requests, whosever they are.
            models.Index(
                fields=["term", "client"],
                name="client_term_anywhere",
                opclasses=["varchar_pattern_ops", "int8_ops"],
            ),
        ]

    def __str__(self) -> str:
        return self.term


class ClientAddress(models.Model):
    """One of a client's addresses, beside those of their requests."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="addresses")
    unit = models.ForeignKey("locations.Unit", models.PROTECT, related_name="+")
    label = models.CharField(_("label"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("address of a client")
        verbose_name_plural = _("addresses of clients")
        constraints = [
            models.UniqueConstraint(fields=["client", "unit"], name="client_address_once"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id}: {self.unit_id}"


class ClientMerge(models.Model):
    """A duplicate merged into another client; `moved` tells what to give back when it is undone."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    owner = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    kept = models.ForeignKey(Client, models.CASCADE, related_name="+")
    duplicate = models.ForeignKey(Client, models.CASCADE, related_name="+")
    # Ids of rows by what they are: {"requests": [1, 2], "addresses": [3]}; no personal data. What
    # the kept client was called before stands in the duplicate's row: the two exchange values.
    moved = models.JSONField(default=dict)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    merged_at = models.DateTimeField(_("merged"))
    undo_until = models.DateTimeField(_("can be undone until"))
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    # When what was kept for undoing was thrown away.
    finalised_at = models.DateTimeField(_("made final"), null=True, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge of clients")
        verbose_name_plural = _("merges of clients")
        indexes = [
            models.Index(fields=["owner", "-id"], name="client_merge_owner"),
            # What is to be made final now.
            models.Index(fields=["finalised_at", "undo_until"], name="client_merge_final"),
        ]

    def __str__(self) -> str:
        return self.public_id


class ClientInvitation(models.Model):
    """An invitation of a client to hold their subscriptions themselves (DOMAIN.md, holder).

    Only the digest of the link's secret is kept. Opened by whoever has the link and signs in;
    never matched by phone.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    owner = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    client = models.ForeignKey(Client, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail"))
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    # The client's id while open: one open invitation (see users.Invitation.open_key).
    open_key = models.CharField(max_length=20, unique=True, null=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    holder = models.ForeignKey(
        "users.Organization", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation of a client")
        verbose_name_plural = _("invitations of clients")

    def __str__(self) -> str:
        return self.public_id
