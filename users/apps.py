"""People, organizations, sign-in, who may see what."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    name = "users"
    verbose_name = _("Users")


class StaffAdminConfig(AdminConfig):
    """Django admin, opened by `RestrictAdminMiddleware` for staff alone."""

    default_site = "users.admin_site.StaffAdminSite"
