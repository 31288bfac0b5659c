"""How many letters a second become tickets and answers: `python -m bench.mail` on DATABASE_URL.

Keeps generated letters as they come from a mailbox, and counts while the processing job understands
them, one after another in this process. Half open tickets, half answer them; every tenth has a file
of 100 kB, every tenth is HTML alone. Target: 20 letters a second.
"""

import argparse
import random
import sys
import time
from email.message import EmailMessage

from bench.__main__ import prepare_environment

prepare_environment()
TARGET = 20.0
WORDS = [
    "нет",
    "света",
    "лифт",
    "не",
    "работает",
    "подъезд",
    "квартира",
    "интернет",
    "провайдер",
    "роутер",
    "вчера",
    "сегодня",
]


def setup() -> None:
    import os

    os.environ.setdefault("SUPPORT_ADDRESS", "support@estconnect.example")
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()


setup()

from django.db.models import Max, Min  # noqa: E402  (Django must be set up before)

from core.jobs.runner import run_due  # noqa: E402
from core.models import Job  # noqa: E402
from support.choices import MailOutcome  # noqa: E402
from support.models import DeskCalendar, IncomingMail, Mailbox, Queue  # noqa: E402
from support.services.mail.imap import Fetched  # noqa: E402
from support.services.mail.incoming import keep  # noqa: E402
from support.services.mail.intake import understand_letter  # noqa: E402


def generate(count: int, run: int) -> list[bytes]:
    dice = random.Random(run)
    return [_letter(number, run, dice) for number in range(count)]


def _letter(number: int, run: int, dice: random.Random) -> bytes:
    letter = EmailMessage()
    answers = number % 2
    writer = number - answers
    text = " ".join(dice.choices(WORDS, k=60))
    letter["From"] = f"Ольга <writer-{run}-{writer}@example.com>"
    letter["To"] = "support@estconnect.example"
    letter["Subject"] = f"{'Re: ' if answers else ''}{text[:60]}"
    letter["Message-ID"] = f"<{run}-{number}@example.com>"
    if answers:
        letter["In-Reply-To"] = f"<{run}-{writer}@example.com>"
        text += "\n\nпт, 2 янв. 2026 г. в 10:00, Поддержка <support@estconnect.example>:\n> " + text
    if number % 10 == 4:
        letter.set_content(f"<html><body><p>{text}</p></body></html>", subtype="html")
    else:
        letter.set_content(text)
    if number % 10 == 6:
        letter.add_attachment(
            b"%PDF-" + dice.randbytes(100_000),
            maintype="application",
            subtype="pdf",
            filename="план.pdf",
        )
    return letter.as_bytes()


def a_mailbox(run: int) -> Mailbox:
    if not Queue.objects.filter(is_default=True, is_active=True).exists():
        calendar = DeskCalendar.objects.create(name=f"bench {run}", week=[[["00:00", "24:00"]]] * 7)
        Queue.objects.create(name=f"bench {run}", is_default=True, calendar=calendar)
    return Mailbox.objects.create(name=f"bench {run}", uid_validity=1)


def seconds_of_letters() -> float:
    """From the start of the first job that understands a letter to the end of the last."""
    jobs = Job.objects.filter(task=understand_letter.module_path, state=Job.State.SUCCESSFUL)
    span = jobs.aggregate(first=Min("started_at"), last=Max("finished_at"))
    return float((span["last"] - span["first"]).total_seconds())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.mail", description=__doc__)
    parser.add_argument("--letters", type=int, default=500)
    count = parser.parse_args().letters
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    run = time.time_ns()
    letters = generate(count, run)
    Job.objects.all().delete()
    box = a_mailbox(run)
    began = time.perf_counter()
    for number, content in enumerate(letters, start=1):
        keep(box, Fetched(number, len(content), content))
    kept = time.perf_counter()
    run_due(["default"])
    done = time.perf_counter()
    rows = IncomingMail.objects.filter(mailbox=box)
    taken = rows.filter(outcome__in=[MailOutcome.OPENED, MailOutcome.ADDED]).count()
    rate = count / seconds_of_letters()
    print(f"kept        {count / (kept - began):8.1f} letters/s")
    print(f"understood  {rate:8.1f} letters/s   target {TARGET:.0f}")
    print(f"and told    {count / (done - kept):8.1f} letters/s   with all jobs of their events")
    print(f"in tickets  {taken:8} of {count}")
    return 0 if rate >= TARGET and taken == count else 1


if __name__ == "__main__":
    sys.exit(main())
