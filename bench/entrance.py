"""`python -m bench.entrance`: whether the time of an answer tells that an account exists.

Signs in, asks for a new password and registers with known and unknown logins, in turns, and prints
the medians. What the promise rests on (the same statements and one hash for each attempt) is held
by tests; this shows what is left of it on a clock. On a database of DATABASE_URL that it fills.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable

from bench.__main__ import prepare_environment

WITHIN = 0.10


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.entrance", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    prepare_environment()
    import django

    django.setup()
    from django.core.management import call_command
    from django.test.utils import override_settings

    call_command("migrate", verbosity=0)
    # Without throttles, which would answer for the rest.
    with override_settings(ACCOUNT_RATE_LIMITS=False, ALLOWED_HOSTS=["*"]):
        missed = [name for name, pair in acts().items() if not compare(name, pair, rounds)]
    return 1 if missed else 0


def acts() -> dict[str, tuple[Callable[[int], object], Callable[[int], object]]]:
    """name → (with a known login, with an unknown one); each takes a number of its own."""
    from django.test import Client as Browser

    from users.models import CustomUser

    run = time.time_ns()
    known = f"known-{run}@example.com"
    CustomUser.objects.create_user(known, "correct-horse-battery", phone=f"+7912{run % 10**7:07}")
    phone = str(CustomUser.objects.get(email=known).phone)

    def post(path: str, **data: object) -> object:
        return Browser(SERVER_NAME="127.0.0.1").post(path, data)

    def sign_in(login: str) -> object:
        return post("/users/login/", login=login, password="a-wrong-password")  # noqa: S106

    def register(email: str) -> object:
        return post(
            "/users/signup/?kind=agency",
            organization_name="Agency",
            full_name="Somebody",
            email=email,
            password1="correct-horse-battery",
            consent="on",
        )

    def reset(email: str) -> object:
        return post("/users/password/reset/", email=email)

    def unknown(number: int) -> str:
        return f"other-{run}-{number}@example.com"

    return {
        "sign-in by e-mail": (lambda n: sign_in(known), lambda n: sign_in(unknown(n))),
        "sign-in by phone": (lambda n: sign_in(phone), lambda n: sign_in(f"+7999{n:07}")),
        "password reset": (lambda n: reset(known), lambda n: reset(unknown(n))),
        "registration": (lambda n: register(known), lambda n: register(unknown(n))),
    }


def compare(
    name: str, pair: tuple[Callable[[int], object], Callable[[int], object]], rounds: int
) -> bool:
    """In turns, each pair in the other order: a machine that slows down slows both."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(-3, rounds):
        for side in (0, 1) if number % 2 else (1, 0):
            began = time.perf_counter()
            pair[side](number + 3)
            if number >= 0:
                times[side].append((time.perf_counter() - began) * 1000)
    known, unknown = (statistics.median(side) for side in times)
    apart = abs(known - unknown) / max(known, unknown)
    verdict = "" if apart <= WITHIN else "  missed"
    print(f"{name:20} known {known:7.2f} ms  unknown {unknown:7.2f} ms  {apart:6.1%}{verdict}")
    return apart <= WITHIN


if __name__ == "__main__":
    sys.exit(main())
