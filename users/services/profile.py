"""What an organization says of itself: its card, requisites, hours and days of its calendar."""

import hashlib
import json
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole, Role
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.folding import fold
from core.ids import new_public_id
from core.uploads import ending_of, read_picture
from users import requisites
from users.models import Organization, OrganizationDay

CARD = ("name", "about", "website", "phone", "email")
REQUISITES = (
    "legal_name",
    "legal_address",
    "inn",
    "kpp",
    "ogrn",
    "bank_name",
    "bank_bic",
    "bank_account",
    "bank_correspondent",
)
HOURS = ("time_zone", "opens_at", "closes_at", "works_weekends")
LOGO_SIDE = 512
# A calendar is planned so far ahead, and holds so many days.
DAYS_AHEAD = timedelta(days=2 * 366)
DAYS_AT_MOST = 400


def may_edit(actor: Actor, organization: Organization) -> bool:
    """Managers and owners keep the card, the hours and the calendar."""
    return _works_there(actor, organization, Role.MANAGER)


def may_edit_requisites(actor: Actor, organization: Organization) -> bool:
    """Requisites stand in contracts: owners alone."""
    return _works_there(actor, organization, Role.OWNER)


def seen(organization: Organization, names: tuple[str, ...]) -> str:
    """A mark of the fields `names` as they are now: an edit says on which it is based."""
    values = json.dumps([str(getattr(organization, name)) for name in names], ensure_ascii=False)
    return hashlib.sha256(values.encode()).hexdigest()[:16]


def change_card(actor: Actor, organization: Organization, mark: str, **fields: Any) -> Organization:
    """Sets fields of CARD. `mark` is what `seen` gave when the form was shown.

    Raises Forbidden, Conflict where somebody has changed them since, DomainError with `field`.
    """
    if not may_edit(actor, organization):
        raise Forbidden(_("Only a manager or an owner can change this."))
    fields["name"] = " ".join(str(fields["name"]).split())
    if not fold(fields["name"]):
        raise DomainError(_("Write the name of the organization."), field="name")
    return _change(actor, organization, CARD, mark, fields)


def change_requisites(
    actor: Actor, organization: Organization, mark: str, **fields: str
) -> Organization:
    """Sets fields of REQUISITES, each number checked. Raises as `change_card`.

    The INN and the OGRN by which the portal has verified an organization stay as they are.
    """
    if not may_edit_requisites(actor, organization):
        raise Forbidden(_("Only an owner can change the requisites."))
    cleaned = {name: " ".join(str(text).split()) for name, text in fields.items()}
    cleaned["inn"] = requisites.clean_inn(cleaned["inn"])
    cleaned["kpp"] = requisites.clean_kpp(cleaned["kpp"])
    cleaned["ogrn"] = requisites.clean_ogrn(cleaned["ogrn"])
    requisites.require_agreement(inn=cleaned["inn"], kpp=cleaned["kpp"], ogrn=cleaned["ogrn"])
    cleaned["bank_bic"] = requisites.clean_bic(cleaned["bank_bic"])
    for name in ("bank_account", "bank_correspondent"):
        cleaned[name] = requisites.clean_account(cleaned[name], cleaned["bank_bic"], name)
    if not actor.is_admin:
        _refuse_other_identity(organization, cleaned)
    return _change(actor, organization, REQUISITES, mark, cleaned)


def change_hours(
    actor: Actor, organization: Organization, mark: str, **fields: Any
) -> Organization:
    """Sets fields of HOURS; deadlines that run already stay. Raises as `change_card`."""
    if not may_edit(actor, organization):
        raise Forbidden(_("Only a manager or an owner can change this."))
    return _change(actor, organization, HOURS, mark, fields)


def set_logo(actor: Actor, organization: Organization, upload: UploadedFile) -> Organization:
    """Keeps a picture as the logo, written anew under a random name, in place of an earlier one.

    Raises Forbidden, DomainError with field `logo`.
    """
    if not may_edit(actor, organization):
        raise Forbidden(_("Only a manager or an owner can change this."))
    picture = read_picture(upload, most_side=LOGO_SIDE, field="logo")
    return _put_logo(actor, organization, picture)


def remove_logo(actor: Actor, organization: Organization) -> Organization:
    if not may_edit(actor, organization):
        raise Forbidden(_("Only a manager or an owner can change this."))
    return _put_logo(actor, organization, None)


def set_day(
    actor: Actor, organization: Organization, *, day: date, is_working: bool, note: str = ""
) -> OrganizationDay:
    """Says of one day that it is off, or worked, whatever the week and the holidays say.

    Said again of the same day, the new word stands. Raises Forbidden, DomainError with `field`.
    """
    if not may_edit(actor, organization):
        raise Forbidden(_("Only a manager or an owner can change this."))
    today = clock.today()
    if not today <= day <= today + DAYS_AHEAD:
        raise DomainError(_("Choose a day from today on, within two years."), field="day")
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=organization.pk)
        others = organization.days.filter(day__gte=today).exclude(day=day)
        if others.count() >= DAYS_AT_MOST:
            raise DomainError(_("There are enough days here already."), field="day")
        row, _is_new = OrganizationDay.objects.update_or_create(
            organization=organization,
            day=day,
            defaults={"is_working": is_working, "note": " ".join(note.split())[:100]},
        )
        _tell(actor, organization, ["days"])
    return row


def forget_day(actor: Actor, organization: Organization, day: date) -> None:
    """The day is again as the week and the holidays have it; once more changes nothing."""
    if not may_edit(actor, organization):
        raise Forbidden(_("Only a manager or an owner can change this."))
    with transaction.atomic():
        count, _rows = organization.days.filter(day=day).delete()
        if count:
            _tell(actor, organization, ["days"])


def _works_there(actor: Actor, organization: Organization, least: Role) -> bool:
    if actor.system or actor.is_admin:
        return True
    return actor.organization_id == organization.pk and actor.has_role(least)


def _refuse_other_identity(organization: Organization, cleaned: dict[str, str]) -> None:
    if organization.verified_at is None:
        return
    for name in ("inn", "ogrn"):
        if getattr(organization, name) and cleaned[name] != getattr(organization, name):
            raise DomainError(
                _("Your organization is verified by this number. Write us to change it."),
                field=name,
            )


def _change(
    actor: Actor,
    organization: Organization,
    names: tuple[str, ...],
    mark: str,
    fields: dict[str, Any],
) -> Organization:
    if set(fields) - set(names):
        raise TypeError(f"{sorted(set(fields) - set(names))} cannot be set here.")
    with transaction.atomic():
        row = Organization.objects.select_for_update().get(pk=organization.pk)
        if seen(row, names) != mark:
            raise Conflict(_("Someone changed this while you were editing."))
        before = {name: str(getattr(row, name)) for name in names}
        for name, value in fields.items():
            setattr(row, name, value)
        try:
            row.clean_fields(exclude=[f.name for f in row._meta.fields if f.name not in names])
        except ValidationError as error:
            field, messages = next(iter(error.message_dict.items()))
            raise DomainError(messages[0], field=field) from error
        changed = [name for name in names if str(getattr(row, name)) != before[name]]
        if changed:
            row.save(update_fields=[*changed, "search_name"])
            _tell(actor, row, changed)
    return row


def _put_logo(actor: Actor, organization: Organization, picture: Any) -> Organization:
    with transaction.atomic():
        row = Organization.objects.select_for_update().get(pk=organization.pk)
        before = row.logo.name
        storage = row.logo.storage
        if picture is None:
            row.logo = ""
        else:
            row.logo.save(f"{new_public_id()}.{ending_of(picture.name)}", picture, save=False)
        if (row.logo.name or "") == (before or ""):
            return row
        row.save(update_fields=["logo"])
        _tell(actor, row, ["logo"])
        if before:
            transaction.on_commit(lambda: storage.delete(before), robust=True)
    return row


def _tell(actor: Actor, organization: Organization, changed: list[str]) -> None:
    parties = {PartyRole.OWNER: organization}
    emit(actor, "organization.changed", organization, parties, {"fields": changed})
