"""What is kept about geocoders: their answers for as long as their terms allow, and their use."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class GeocoderAnswer(models.Model):
    """What a geocoder answered to a question, of which only the digest is kept."""

    geocoder = models.CharField(_("geocoder"), max_length=20)
    question = models.CharField(max_length=64, editable=False)
    found = models.JSONField(default=list)
    expires_at = models.DateTimeField(_("kept until"), db_index=True)

    class Meta:
        verbose_name = _("answer of a geocoder")
        verbose_name_plural = _("answers of geocoders")
        constraints = [
            models.UniqueConstraint(fields=["geocoder", "question"], name="geocoder_answer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.geocoder} {self.question}"


class GeocoderUse(models.Model):
    """One row per geocoder: what all processes together have asked of it, and when they may again.

    Taken by one conditional update, so that the limits hold however many ask at once.
    """

    geocoder = models.CharField(_("geocoder"), max_length=20, unique=True)
    next_at = models.DateTimeField(_("may be asked again"))
    day = models.DateField(_("day"))
    used = models.PositiveIntegerField(_("asked on that day"), default=0)
    paused_until = models.DateTimeField(_("left alone until"))
    trouble = models.CharField(_("last trouble"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("use of a geocoder")
        verbose_name_plural = _("uses of geocoders")

    def __str__(self) -> str:
        return self.geocoder
