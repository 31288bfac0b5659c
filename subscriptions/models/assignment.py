"""To whom a provider's new requests go without anybody deciding it each time."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.choices import OrganizationKind
from core.ids import new_public_id
from core.querysets import PartyQuerySet
from subscriptions.choices import AssignmentMethod


class AssignmentRuleQuerySet(PartyQuerySet):
    """The provider's own."""

    party_columns = {OrganizationKind.PROVIDER: "provider"}


class AssignmentRule(models.Model):
    """What is filed for `category`, in `city` or `district`, goes to a person or within a team.

    What is left empty fits anything. The first rule that fits, in the order of `position`, decides.
    FIXED names a person; the other methods choose among the working members of `team`, or of the
    whole provider where none is named.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    provider = models.ForeignKey(
        "users.Organization", models.CASCADE, related_name="assignment_rules"
    )
    position = models.PositiveIntegerField(_("order"), default=0)
    category = models.ForeignKey(
        "locations.ServiceCategory", models.CASCADE, null=True, blank=True, related_name="+"
    )
    city = models.ForeignKey(
        "locations.City", models.CASCADE, null=True, blank=True, related_name="+"
    )
    district = models.ForeignKey(
        "locations.District", models.CASCADE, null=True, blank=True, related_name="+"
    )
    method = models.CharField(
        _("method"),
        max_length=12,
        choices=AssignmentMethod.choices,
        default=AssignmentMethod.ROUND_ROBIN,
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    team = models.ForeignKey("users.Team", models.SET_NULL, null=True, blank=True, related_name="+")
    # ROUND_ROBIN: who had the last one.
    last_given = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    is_active = models.BooleanField(_("in force"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))

    objects = AssignmentRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule of assignment")
        verbose_name_plural = _("rules of assignment")
        indexes = [
            # The rules of a provider, in their order.
            models.Index(fields=["provider", "position", "id"], name="assignment_rule_order"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.position}: {self.method}"
