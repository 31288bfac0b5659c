"""What a form does not offer cannot be set through it: every form of `users`, every column.

The routes come from the URL resolver. Each form is filled in as its page shows it, and beside that
with a value for every column of every table of people; none of these values may be found in a row.
"""

from datetime import date, datetime, time
from itertools import groupby
from operator import itemgetter
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models, transaction
from django.urls import URLResolver, get_resolver
from django.utils import timezone
from phonenumber_field.phonenumber import PhoneNumber

from core.choices import OrganizationKind
from core.tests.test_access_matrix import (  # noqa: F401  (`cast` is a fixture)
    ROUTES,
    Cast,
    cast,
    read_to_the_end,
)
from users.tests.factories import PASSWORD

TABLES = [
    model
    for label in ("users", "account", "mfa")
    for model in apps.get_app_config(label).get_models()
]
ACTORS = ("anonymous", "AGENCY OWNER", "PROVIDER OWNER", "administrator")
# Forms that must go through as they are filled in here: else nothing would be proved of them.
GO_THROUGH = {
    "account_signup",
    "account_login",
    "account_reset_password",
    "profile",
    "organization_edit",
    "organization_calendar",
    "invitation_new",
    "team_new",
}
# What a form does of its own, and would do without the value that was sent for it.
MEANT = {
    "account_signup": {
        ("EmailAddress", "primary"),
        ("Consent", "document"),
        ("Organization", "kind"),  # by the address of the page, which the kind is chosen by
    },
    "member_remove": {("Membership", "is_active")},
    "verification_withdraw": {("Verification", "state")},
}
WORD = "stuck-by-force"
MOMENT = datetime(2001, 2, 3, 4, 5, tzinfo=timezone.get_default_timezone())
TYPED = {
    "password1": PASSWORD,
    "password": PASSWORD,
    "inn": "7707083893",
    "kpp": "773601001",
    "ogrn": "1027700132195",
    "day": "2027-01-11",
}


def forms_of_users() -> list[str]:
    """Names of all routes whose view stands in `users` or in the libraries it is built on."""
    found: set[str] = set()

    def walk(patterns: Any, namespace: str = "") -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, pattern.namespace or namespace)
            elif not namespace and pattern.name:
                view = getattr(pattern.callback, "view_class", pattern.callback)
                if view.__module__.startswith(("users.", "allauth.")):
                    found.add(pattern.name)

    walk(get_resolver().url_patterns)
    return sorted(found)


def poison(column: Any, stranger: Any) -> Any:
    """A value for a column that nothing sets by itself."""
    if isinstance(column, models.BooleanField):
        return not column.get_default()
    if column.is_relation:
        return {"CustomUser": stranger.user.pk, "Organization": stranger.organization_id}.get(
            column.related_model.__name__, 987654
        )
    if isinstance(column, models.FileField):
        return SimpleUploadedFile(f"{WORD}.png", b"\x89PNG", "image/png")
    if column.choices:
        return [value for value, _label in column.flatchoices if value][-1]
    if isinstance(column, models.EmailField):
        return f"{WORD}@example.com"
    if isinstance(column, models.DateTimeField):
        return MOMENT
    if isinstance(column, models.DateField):
        return date(2001, 2, 3)
    if isinstance(column, models.TimeField):
        return time(4, 5)
    if isinstance(column, models.IntegerField):
        return 987654
    return WORD[: column.max_length or None]


def columns() -> list[tuple[Any, Any]]:
    return [
        (model, column)
        for model in TABLES
        for column in model._meta.concrete_fields
        if not column.primary_key and not isinstance(column, models.JSONField)
    ]


def holding(stranger: Any) -> set[tuple[str, int, str]]:
    """(table, row, column) wherever a column has the value that was sent for it."""
    found = set()
    for model, own in groupby(columns(), key=itemgetter(0)):
        wanted = [(column, poison(column, stranger)) for _model, column in own]
        for row in model._default_manager.all():
            found |= {
                (model.__name__, row.pk, column.name)
                for column, value in wanted
                if _holds(getattr(row, column.attname), value)
            }
    return found


def _holds(stored: Any, sent: Any) -> bool:
    if isinstance(sent, SimpleUploadedFile):
        return WORD in str(stored)
    return stored == sent and type(stored) is not PhoneNumber


def shown_forms(response: Any) -> list[forms.BaseForm]:
    contexts = response.context or []
    values = [value for layer in contexts for part in layer for value in part.values()]
    seen = {id(value): value for value in values if isinstance(value, forms.BaseForm)}
    return list(seen.values())


def filled_in(form: forms.BaseForm) -> dict[str, Any]:
    """The form as its page shows it, with something sensible where it is empty."""
    data = {}
    for name, field in form.fields.items():
        value = form[name].value()
        if name in TYPED:
            value = TYPED[name]
        elif value in (None, "", []):
            value = _something(field)
        if value not in (None, False):
            data[form.add_prefix(name)] = value
    return data


def _something(field: forms.Field) -> Any:
    if isinstance(field, forms.FileField):
        return None
    if isinstance(field, forms.BooleanField):
        return "on" if field.required else None
    if isinstance(field, forms.ChoiceField):
        return next((str(value) for value, _label in field.choices if value), "")
    if isinstance(field, forms.EmailField):
        return "typed@example.com"
    if isinstance(field, forms.DateField):
        return "2027-01-11"
    return "Typed text" if field.required else ""


def queries_of(route: str) -> list[str]:
    if route == "account_signup":
        return [f"?kind={kind.lower()}" for kind in OrganizationKind.values]
    return [""]


@pytest.mark.parametrize("route", forms_of_users())
def test_no_column_is_set_that_the_form_does_not_offer(route, cast: Cast, db):  # noqa: F811
    stranger, member = cast.strangers["AGENCY OWNER"], cast.people["AGENCY MEMBER"].user
    sent = {
        key: value if not isinstance(value, datetime | date | time) else value.isoformat()
        for _model, column in columns()
        for value in [poison(column, stranger)]
        for key in {column.name, column.attname}
    }
    before = holding(stranger)
    stuck, went_through = {}, False
    path = cast.url(next(r for r in ROUTES if r.name == route))
    for name in ACTORS:
        for query in queries_of(route):
            browser = cast.browser_of(cast.people[name])
            with transaction.atomic():
                page = browser.get(path + query)
                read_to_the_end(page)
                shown = shown_forms(page) or [None]
                transaction.set_rollback(True)
            for form in shown:
                data = filled_in(form) if form is not None else {}
                if "login" in data:
                    data["login"] = member.email
                offered = set(form.fields) if form is not None else set()
                forced = {k: _rewound(v) for k, v in sent.items() if k not in offered}
                with transaction.atomic():
                    if "login" in data:
                        member.set_password(PASSWORD)
                        member.save()
                    response = browser.post(path + query, forced | data)
                    read_to_the_end(response)
                    new = {
                        hit
                        for hit in holding(stranger) - before
                        if hit[2] not in offered and (hit[0], hit[2]) not in MEANT.get(route, ())
                    }
                    transaction.set_rollback(True)
                assert response.status_code < 500
                went_through |= response.status_code == 302 and form is not None
                if new:
                    stuck[f"{name} {query}"] = new
    assert stuck == {}
    assert went_through or route not in GO_THROUGH


def _rewound(value: Any) -> Any:
    if isinstance(value, SimpleUploadedFile):
        value.seek(0)
    return value


def test_the_forms_are_found_and_what_is_sent_would_be_seen(cast: Cast, db):  # noqa: F811
    """The test above proves something: routes of each sort are in it, and a hit is a hit."""
    assert {*GO_THROUGH, "account_email", "account_change_phone", "member_edit"} <= set(
        forms_of_users()
    )
    stranger = cast.strangers["AGENCY OWNER"]
    before = holding(stranger)
    with transaction.atomic():
        victim = cast.people["AGENCY OWNER"].user
        type(victim).objects.filter(pk=victim.pk).update(is_staff=True, staff_scope="SUPPORT")
        hits = holding(stranger) - before
        transaction.set_rollback(True)
    assert ("CustomUser", victim.pk, "is_staff") in hits
