"""The portfolio of an agency or a builder."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from core.ids import new_public_id
from core.querysets import OwnedQuerySet
from subscriptions.choices import ClientKind
from users.models.fields import FoldedField


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
    # The client's leave to have their data passed to the provider; asked for at filing.
    consent_at = models.DateTimeField(_("consent given"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("added"))
    updated_at = models.DateTimeField(_("changed"))

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        indexes = [
            # The portfolio, newest first; and clients by name or by phone.
            models.Index(fields=["owner", "-id"], name="client_owner"),
            models.Index(fields=["owner", "search_key"], name="client_search"),
            models.Index(fields=["owner", "phone"], name="client_phone"),
        ]

    def __str__(self) -> str:
        return self.name


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
