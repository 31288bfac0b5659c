"""Later work: jobs that wait or have run, the workers that run them, and ticks of schedules."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """One call of a task, kept until it is purged. Written by `core.jobs` alone.

    `due_at` is the one column that decides who may take the row: for a waiting job the time from
    which it may run, for a running one the end of its worker's lease, for a finished one NULL. So
    a job whose worker died comes due by itself.
    """

    class State(models.TextChoices):
        # The words of the Tasks interface (django_tasks.TaskResultStatus).
        READY = "READY", _("Waiting")
        RUNNING = "RUNNING", _("Running")
        SUCCESSFUL = "SUCCESSFUL", _("Done")
        FAILED = "FAILED", _("Failed")

    queue = models.CharField(_("queue"), max_length=20)
    task = models.CharField(_("task"), max_length=200)
    # {"args": [...], "kwargs": {...}}: ids, never names or phones.
    arguments = models.JSONField(_("arguments"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.READY)
    due_at = models.DateTimeField(_("due"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    worker = models.CharField(_("worker"), max_length=64, blank=True)
    # Held while the job waits; two waiting jobs cannot share it on any of the three databases.
    unique_key = models.CharField(max_length=32, null=True, unique=True, editable=False)
    enqueued_at = models.DateTimeField(_("enqueued"))
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    result = models.JSONField(_("result"), null=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    traceback = models.TextField(_("traceback"), blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            # The claim: the first due row of one queue. Deferred rows lie behind it, finished ones
            # (NULL) outside of it, so neither makes a claim slower.
            models.Index(fields=["queue", "due_at"], name="job_due"),
            # The staff's page "what failed", and the purge, oldest first.
            models.Index(fields=["state", "id"], name="job_state"),
        ]

    def __str__(self) -> str:
        return f"{self.task} #{self.pk}: {self.state}"


class Worker(models.Model):
    """A worker process and when it was last seen alive: what the health check reads."""

    name = models.CharField(_("name"), max_length=64, unique=True)
    # Comma-separated, as given on the command line.
    queues = models.CharField(_("queues"), max_length=100)
    started_at = models.DateTimeField(_("started"))
    seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return self.name


class ScheduledRun(models.Model):
    """One tick of a schedule: the row that a worker writes to be the one that fires it."""

    schedule = models.CharField(_("schedule"), max_length=200)
    tick_at = models.DateTimeField(_("planned"))
    fired_at = models.DateTimeField(_("fired"))
    # The history outlives the purged job it points at.
    job = models.ForeignKey(
        Job, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )

    class Meta:
        verbose_name = _("run of a schedule")
        verbose_name_plural = _("runs of schedules")
        constraints = [
            models.UniqueConstraint(fields=["schedule", "tick_at"], name="scheduled_run_once"),
        ]

    def __str__(self) -> str:
        return f"{self.schedule} {self.tick_at:%Y-%m-%d %H:%M}"
