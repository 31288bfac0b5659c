"""Long work of `users`: the archive of a person's data, and accounts erased on their day."""

from django.conf import settings
from django.core.files.base import File
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.jobs import job, schedule
from core.models import Operation
from core.operations import Progress, operation, save_result
from core.personal_data.archive import archive_of
from users.services.personal_data import EXPORT, erase_due
from users.time_zones import zone


@operation(EXPORT, _("Archive of your personal data"))
def export_personal_data(work: Operation, progress: Progress) -> None:
    own_zone = zone(work.user.time_zone, settings.DEFAULT_VIEWER_TIME_ZONE)
    with timezone.override(own_zone), archive_of(work.user, progress) as file:
        day = timezone.localtime(work.created_at).strftime("%Y-%m-%d")
        save_result(work, f"estconnect-{day}.zip", File(file))
    work.summary = {"back": reverse("personal_data")}


@schedule("27 * * * *")
@job(queue="long")
def erase_due_accounts() -> int:
    return erase_due()
