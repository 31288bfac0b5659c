"""`python -m bench.work`: how fast requests are filed, and many of them moved at once.

On the database of DATABASE_URL, filled as for `make bench`; it adds a few thousand requests to it.
Filing: so many processes each draft and file bundles of one service, through the services that
pages and imports call, for a client who agreed. Targets: 40 requests a second with two processes;
1,000 requests moved in 15 s by one worker's operation, with its progress.
"""

import argparse
import os
import subprocess
import sys
import time
from uuid import uuid4

from bench.__main__ import ROOT, prepare_environment

prepare_environment()


def setup() -> None:
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()


setup()

from django.utils import timezone  # noqa: E402  (Django must be set up before)

from bench.data import agencies, providers  # noqa: E402
from core.actor import Actor  # noqa: E402
from core.choices import Role, Via  # noqa: E402
from core.models import Operation  # noqa: E402
from locations.models import Building  # noqa: E402
from subscriptions.choices import RequestState  # noqa: E402
from subscriptions.models import Client, ConnectionRequest  # noqa: E402
from subscriptions.selectors.availability import answer  # noqa: E402
from subscriptions.services.bulk import Task  # noqa: E402
from subscriptions.services.bulk_work import run_bulk, start_bulk  # noqa: E402
from subscriptions.services.drafting import draft_filing, file_drafts  # noqa: E402
from users.models import Membership, Organization  # noqa: E402

FILING_TARGET, BULK_TARGET = 40.0, 15.0
BULK = 1_000


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.work", description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--child", type=int, default=-1, help=argparse.SUPPRESS)
    return parser.parse_args()


def member(organization: Organization) -> Actor:
    row = Membership.objects.select_related("user", "organization").get(organization=organization)
    return Actor(user=row.user, organization=row.organization, role=Role(row.role), via=Via.WEB)


def places(actor: Actor, share: int, count: int) -> list[tuple[Building, str]]:
    """Buildings where something can be filed, and a plan of each; others for each process."""
    found: list[tuple[Building, str]] = []
    rows = Building.objects.select_related("city", "street").order_by("pk")
    for building in rows.filter(pk__gt=share * 10_000).iterator(chunk_size=200):
        option = next(
            (one for one in answer(building, actor=actor).options() if one.can_be_filed), None
        )
        if option is not None:
            found.append((building, option.plan))
        if len(found) == count:
            break
    return found


def file_for(share: int, seconds: float) -> int:
    """Files for so long, in units that nothing was filed for; how many were filed."""
    actor = member(agencies()[share])
    client = Client.objects.filter(owner=actor.organization).order_by("pk").first()
    if client is None or not client.has_consent:
        Client.objects.filter(owner=actor.organization).update(consent_at=timezone.now())
        client = Client.objects.filter(owner=actor.organization).order_by("pk").first()
    offered = places(actor, share, 40)
    filed, stop = 0, time.monotonic() + seconds
    mark = f"{os.getpid() % 1000}"
    while time.monotonic() < stop:
        building, plan = offered[filed % len(offered)]
        bundle = draft_filing(
            actor,
            building=building,
            unit_number=f"{mark}{filed}",
            plans=[plan],
            client=client,
            consent=True,
            form_token=uuid4(),
        )
        filed += len(file_drafts(actor, bundle, consent=True))
    return filed


def filing(processes: int, seconds: float) -> float:
    """Requests a second of so many processes side by side."""
    command = [sys.executable, "-m", "bench.work", "--seconds", str(seconds), "--child"]
    running = [
        subprocess.Popen([*command, str(share)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for share in range(processes)
    ]
    return sum(float(one.communicate()[0].split()[-1]) for one in running) / seconds


def bulk() -> float:
    """Seconds that one worker takes to move BULK requests of the busiest provider."""
    provider = next(
        row
        for row in providers()
        if ConnectionRequest.objects.filter(provider=row, state=RequestState.SUBMITTED).count()
        >= BULK
        or row == providers()[0]
    )
    actor = member(provider)
    waiting = ConnectionRequest.objects.filter(provider=provider, state=RequestState.SUBMITTED)
    numbers = list(waiting.order_by("pk").values_list("number", flat=True)[:BULK])
    if len(numbers) < BULK:
        # Where fewer wait, others that are checked are put back to how they came.
        more = ConnectionRequest.objects.filter(provider=provider, state=RequestState.CHECKING)
        ids = list(more.order_by("pk").values_list("pk", flat=True)[: BULK - len(numbers)])
        ConnectionRequest.objects.filter(pk__in=ids).update(state=RequestState.SUBMITTED)
        numbers = list(waiting.order_by("pk").values_list("number", flat=True)[:BULK])
    started = start_bulk(actor, Task("start_check"), numbers, "")
    row = Operation.objects.get(pk=started.pk)
    told: list[int] = []
    began = time.perf_counter()
    run_bulk(actor, row, lambda done, total: told.append(done))
    took = time.perf_counter() - began
    row.refresh_from_db()
    print(
        f"bulk: {len(numbers)} requests, {len(row.data['refused'])} refused, "
        f"progress told {len(told)} times"
    )
    return took * BULK / max(len(numbers), 1)


def main() -> int:
    options = arguments()
    if options.child >= 0:
        print(file_for(options.child, options.seconds))
        return 0
    rate = filing(options.processes, options.seconds)
    print(
        f"filing: {rate:.1f} requests/s, {options.processes} processes; target {FILING_TARGET:.0f}"
    )
    took = bulk()
    print(f"bulk transition of {BULK}: {took:.1f} s; target {BULK_TARGET:.0f} s")
    return int(rate < FILING_TARGET) + int(took > BULK_TARGET)


if __name__ == "__main__":
    sys.exit(main())
