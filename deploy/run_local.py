"""`make run`: the whole portal on this machine, with demo data, until Ctrl+C.

Sets what a production start would be given by its environment, prepares assets and database,
and keeps the site and the worker running. Safe to run again: nothing is made twice.
"""

import base64
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
BIN = Path(sys.executable).parent
READY_SECONDS = 60


def kept(name: str, make: Callable[[], str]) -> str:
    """A secret of this machine, made at the first run."""
    path = VAR / name
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(make(), encoding="ascii")
    return path.read_text(encoding="ascii")


def fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def environment(port: str) -> dict[str, str]:
    """What is set already wins, so that one variable can be changed: `DEBUG=true make run`."""
    VAR.mkdir(exist_ok=True)
    defaults = {
        "SECRET_KEY": kept("secret_key", lambda: secrets.token_urlsafe(50)),
        "SECRETS_KEYS": kept("secrets_keys", fernet_key),
        "DEBUG": "false",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "SITE_URL": f"http://localhost:{port}",
        "EMAIL_URL": "consolemail://",
        "SMS_URL": "console://",
        "STAFF_MFA_REQUIRED": "false",
        "LOG_FORMAT": "console",
        "LOG_LEVEL": "WARNING",
        "WEB_CONCURRENCY": "2",
    }
    return defaults | {key: value for key, value in os.environ.items() if value}


def manage(env: dict[str, str], *args: str) -> None:
    subprocess.run([sys.executable, "manage.py", *args], cwd=ROOT, env=env, check=True)


def start(env: dict[str, str], port: str) -> list[subprocess.Popen[bytes]]:
    commands = [
        [
            str(BIN / "gunicorn"),
            "Estconnect.wsgi:application",
            f"--bind=127.0.0.1:{port}",
            "--config=deploy/gunicorn.conf.py",
            "--log-level=warning",
        ],
        [sys.executable, "manage.py", "worker"],
    ]
    return [subprocess.Popen(command, cwd=ROOT, env=env) for command in commands]


def wait_until_ready(port: str, processes: list[subprocess.Popen[bytes]]) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and all(p.poll() is None for p in processes):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    return False


def announce(env: dict[str, str], port: str) -> None:
    print(f"\nEstconnect: http://localhost:{port}/  (Ctrl+C stops it)")
    manage(env, "demo", "--accounts")
    if env["STAFF_MFA_REQUIRED"] == "false":
        print("Staff sign in without a second factor here (STAFF_MFA_REQUIRED=false).")
    if env["EMAIL_URL"].startswith("consolemail"):
        print("Mails are printed below by the worker instead of being sent.")
    sys.stdout.flush()


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


def main() -> int:
    port = os.environ.get("PORT") or "8000"
    env = environment(port)
    manage(env, "build_assets", "--skip-npm")
    manage(env, "migrate", "--verbosity=0")
    manage(env, "demo", "--if-empty")
    processes = start(env, port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if not wait_until_ready(port, processes):
            print(f"The site did not start on port {port}. Is it taken? PORT=8080 make run")
            return 1
        announce(env, port)
        while all(process.poll() is None for process in processes):
            time.sleep(0.5)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        stop(processes)


if __name__ == "__main__":
    sys.exit(main())
