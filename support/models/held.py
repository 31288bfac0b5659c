"""Files that wait in a form that was not accepted yet."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from core.storage import private_storage


class HeldFile(models.Model):
    """A good file of a form in which something else is wrong: nobody chooses a file twice.

    It belongs to who sent it and to the form, by the token that the form was shown with; it goes
    when the form is accepted, or a day later.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    form_token = models.UUIDField()
    file = models.FileField(_("file"), storage=private_storage, upload_to="held")
    name = models.CharField(_("name"), max_length=150)
    size = models.PositiveIntegerField(_("size"))
    created_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("file of an unsent form")
        verbose_name_plural = _("files of unsent forms")
        indexes = [
            models.Index(fields=["user", "form_token"], name="held_file_form"),
            models.Index(fields=["created_at"], name="held_file_created"),
        ]

    def __str__(self) -> str:
        return self.name
