"""What runs later for requests and clients."""

from core.jobs import job, schedule
from subscriptions import usage_jobs  # noqa: F401
from subscriptions.client_letters import send_invitation
from subscriptions.services.changes.due import make_due_changes
from subscriptions.services.clients.merging import finalise_merges
from subscriptions.services.filing_drafts import forget_stale_filings
from subscriptions.services.leads import (
    forget_spam,
    pass_on_expired,
    retry_unrouted,
    route_forgotten,
)
from subscriptions.services.pace import refresh_paces
from subscriptions.services.requests import sound_alarms, tell_overdue
from subscriptions.services.watches import (
    expire_watches,
    forget_visitors,
    match_building,
    match_provider,
    match_zone,
    sweep,
)
from subscriptions.visit_jobs import (  # noqa: F401 - found here by who looks for jobs
    expire_held_slots,
    remind_of_visits,
    send_visit_letter,
)
from subscriptions.watch_letters import send_letter


@schedule("*/5 * * * *")
@job()
def tell_of_missed_deadlines() -> None:
    """Every few minutes, so that an operator hears of a missed deadline while it can be mended."""
    tell_overdue()


@schedule("11 * * * *")
@job(queue="long")
def make_changes_of_the_day() -> None:
    """Every hour: a day begins at another hour in each time zone, and a missed run is made up."""
    make_due_changes()


@schedule("*/5 * * * *")
@job()
def warn_of_deadlines() -> None:
    """Every few minutes: a warning is worth something while there is time left."""
    sound_alarms()


@schedule("35 2 * * *")
@job(queue="long")
def count_paces() -> None:
    """Every night: what providers promise against what they do."""
    refresh_paces()


@job(queue="outgoing")
def send_client_invitation(pk: int) -> None:
    """The letter of an invitation, with a link made for it."""
    send_invitation(pk)


@schedule("23 * * * *")
@job(queue="long")
def make_merges_final() -> None:
    """Throws away what was kept for undoing merges of clients that can be undone no more."""
    finalise_merges()


@schedule("* * * * *")
@job()
def pass_leads_on() -> None:
    """Every minute: a visitor who waits for a call waits in minutes."""
    pass_on_expired()
    route_forgotten()


@schedule("7 * * * *")
@job()
def retry_unrouted_leads() -> None:
    """Every hour: limits of a day begin anew, and agencies change what they want."""
    retry_unrouted()


@schedule("40 1 * * *")
@job()
def forget_held_leads() -> None:
    forget_spam()


@job(queue="outgoing")
def send_watch_letter(pk: int, kind: str) -> None:
    """A letter to a visitor who waits for a service."""
    send_letter(pk, kind)


@job(queue="long")
def match_watches_of_zone(zone_id: int) -> None:
    match_zone(zone_id)


@job()
def match_watches_of_building(building_id: int) -> None:
    match_building(building_id)


@job(queue="long")
def match_watches_of_provider(provider_id: int) -> None:
    match_provider(provider_id)


@schedule("41 * * * *")
@job(queue="long")
def sweep_watches() -> None:
    """Every hour: statements run out, and providers are verified, without a word about a place."""
    sweep()


@schedule("50 3 * * *")
@job(queue="long")
def end_old_watches() -> None:
    expire_watches()
    forget_visitors()


@schedule("20 4 * * *")
@job(queue="long")
def forget_unfinished_filings() -> None:
    """Every night: forms that nobody goes on with."""
    forget_stale_filings()
