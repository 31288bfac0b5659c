"""What each group of staff opens in Django admin."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.urls import reverse

from core.choices import StaffScope
from pages.models import SitePage
from users.staff_groups import GROUPS
from users.tests.factories import make_staff
from users.tests.sessions import prove

pytestmark = pytest.mark.django_db


def apps_in(browser):
    return {row["app_label"] for row in browser.get("/admin/").context["available_apps"]}


def test_every_scope_but_the_administrators_has_its_group():
    assert set(Group.objects.values_list("name", flat=True)) == set(GROUPS.values())
    assert set(GROUPS) == set(StaffScope) - {StaffScope.ADMIN}


def test_content_editors_edit_the_site_and_see_nothing_else(sign_in):
    editor = make_staff(StaffScope.CONTENT)
    browser = prove(sign_in(editor), editor.user)
    assert apps_in(browser) == {"pages", "support"}
    page = SitePage.objects.first()
    change = reverse("admin:pages_sitepage_change", args=[page.pk])
    form = browser.get(change).context["adminform"].form
    data = {name: form.initial.get(name) or "" for name in form.fields}
    assert browser.post(change, data | {"title_ru": "Новое имя"}).status_code == 302
    page.refresh_from_db()
    assert page.title_ru == "Новое имя"
    for name in (
        "users_organization",
        "users_customuser",
        "subscriptions_client",
        "core_event",
        # Of the support desk they write the knowledge base alone.
        "support_ticket",
        "support_internalnote",
    ):
        assert browser.get(reverse(f"admin:{name}_changelist")).status_code == 403
    for url in ("/staff/organizations/", "/staff/failed/"):
        assert browser.get(url).status_code == 404


def test_support_reads_what_belongs_to_nobody(sign_in):
    browser = sign_in(make_staff(StaffScope.SUPPORT))
    assert apps_in(browser) == {"locations", "subscriptions", "support"}
    assert browser.get(reverse("admin:locations_city_changelist")).status_code == 200
    assert browser.get(reverse("admin:locations_city_add")).status_code == 403
    assert browser.get(reverse("admin:subscriptions_client_changelist")).status_code == 403


def test_what_an_administrator_changed_in_a_group_stays():
    group = Group.objects.get(name=GROUPS[StaffScope.SUPPORT])
    group.permissions.clear()
    import_module("users.migrations.0003_groups").make_groups(apps)
    assert not group.permissions.exists()
