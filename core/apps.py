"""What every part stands on: actors, events, jobs, notifications, workflow, page parts."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Core")

    def ready(self) -> None:
        # Every app may have `handlers` (what it does on events), `jobs`, `notifications` (how its
        # events are told to people), `panels` (what it adds to pages of the floors below it),
        # `finding` (what of it the search over everything finds) and `personal_data` (what it keeps
        # of a person); importing them fills core's registries.
        from core import checks  # noqa: F401

        autodiscover_modules(
            "jobs", "handlers", "notifications", "panels", "finding", "personal_data"
        )
