"""Groups of staff, and what they may open in Django admin (users.staff_groups)."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

# By group: app, models, what may be done with them.
REFERENCE = {
    "locations": ["region", "city", "street", "building", "unit", "servicecategory"],
    "subscriptions": ["categoryattribute"],
}
IN_CHARGE = {
    "users": [
        "organization", "membership", "accountmanagement", "organizationday", "team", "invitation",
        "verification", "verificationdocument", "supportaccess",
    ],
    "locations": ["coveragezone", "buildingcoverage"],
    "subscriptions": [
        "plan", "client", "clienttag", "clientaddress", "clientmerge", "clientinvitation",
        "lead", "leadoffer", "leadrule", "clientattribution", "attributiondispute",
        "requestbundle", "connectionrequest", "appointment", "requestnote", "requestfile",
        "subscription", "commission", "teamplace",
    ],
}  # fmt: skip
GROUPS = {
    "Поддержка": [("view", REFERENCE)],
    "Аккаунт-менеджеры (КАМ)": [("view", REFERENCE), ("view", IN_CHARGE)],
    "Редакторы сайта": [
        ("view", {"pages": ["sitepage", "menuitem", "sitesettings"]}),
        ("change", {"pages": ["sitepage", "menuitem", "sitesettings"]}),
        ("add", {"pages": ["sitepage", "menuitem"]}),
        ("delete", {"pages": ["sitepage", "menuitem"]}),
    ],
}


def make_groups(apps, schema_editor=None):
    """Makes the groups that are not there; those that an administrator has changed stay so."""
    _make_permissions(apps)
    group_model = apps.get_model("auth", "Group")
    permissions = apps.get_model("auth", "Permission").objects
    for name, grants in GROUPS.items():
        group, is_new = group_model.objects.get_or_create(name=name)
        if not is_new:
            continue
        for act, models in grants:
            for app, names in models.items():
                codenames = [f"{act}_{model}" for model in names]
                wanted = permissions.filter(content_type__app_label=app, codename__in=codenames)
                group.permissions.add(*wanted)


def _make_permissions(apps):
    """Django makes them after all migrations; they are wanted now."""
    for label in ("users", "locations", "subscriptions", "pages"):
        config = apps.get_app_config(label)
        real = getattr(config, "models_module", None)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = real


def put_staff_into(apps, schema_editor):
    """Who is of the staff already."""
    group_model = apps.get_model("auth", "Group")
    by_scope = {"SUPPORT": "Поддержка", "ACCOUNT_MANAGER": "Аккаунт-менеджеры (КАМ)"}
    users = apps.get_model("users", "CustomUser").objects.filter(is_staff=True)
    for user in users.exclude(staff_scope="ADMIN"):
        user.groups.add(group_model.objects.get(name=by_scope[user.staff_scope or "SUPPORT"]))


def remove_groups(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0002_people"),
        ("locations", "0003_data_categories"),
        ("subscriptions", "0004_portfolio_and_leads"),
        ("pages", "0002_data_site"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.RunPython(make_groups, remove_groups),
        migrations.RunPython(put_staff_into, migrations.RunPython.noop),
    ]
