"""A form sent twice makes one row: whoever comes second is given what the first has made."""

from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from core.errors import Conflict

Row = TypeVar("Row", bound=models.Model)


def insert_once(row: Any) -> bool:
    """Saves a new row with a `form_token`; False where its form has made one already.

    Insert and catch, in a savepoint: between a look and an insert the other form may come.
    """
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if row.form_token is None or _made_by(type(row), row.form_token) is None:
            raise
        return False
    return True


def made_before(rows: "models.QuerySet[Row]", form_token: UUID | None) -> Row | None:
    """What the form has made, among `rows`: those that its sender could have made.

    None for a form that was not used. Raises Conflict where it was used for something else.
    """
    if form_token is None:
        return None
    # First whether there is one: asked the other way round, it could come to be in between.
    made = _made_by(rows.model, form_token)
    if made is not None and not rows.filter(pk=made.pk).exists():
        raise Conflict(_("This form has been used: open it again."))
    return made


def _made_by(model: Any, form_token: UUID) -> Any:
    return model._default_manager.filter(form_token=form_token).first()
