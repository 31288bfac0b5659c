"""A real IMAP server of Debian's for tests: one mailbox, a password, a folder of letters."""

import os
import pwd
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

needs_dovecot = pytest.mark.skipif(
    shutil.which("dovecot") is None, reason="dovecot-imapd is not installed"
)
USER, PASSWORD = "desk@mail.example", "p@ss/word:1"
URL_USER, URL_PASSWORD = "desk%40mail.example", "p%40ss%2Fword%3A1"

CONFIG = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 0
last_valid_uid = 0
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{home}/mail
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ImapServer:
    """Runs until `close`. Letters are files of its folder, as a mail server puts them there."""

    def __init__(self, home: Path) -> None:
        self.home, self.port, self.tls_port = home, free_port(), free_port()
        self._count = 0
        account = pwd.getpwnam("dovecot") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        for name in ("mail/new", "mail/cur", "mail/tmp", "run", "state"):
            (home / name).mkdir(parents=True)
        self.certificate = write_certificate(home)
        self._give(account)
        (home / "dovecot.conf").write_text(
            CONFIG.format(
                home=home,
                user=account.pw_name,
                group=account.pw_name,
                uid=account.pw_uid,
                gid=account.pw_gid,
                password=PASSWORD,
                port=self.port,
                tls_port=self.tls_port,
            )
        )
        self._process = subprocess.Popen(  # noqa: S603
            ["dovecot", "-F", "-c", str(home / "dovecot.conf")],  # noqa: S607
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._owner = account
        self._wait()

    @property
    def url(self) -> str:
        return f"imap://{URL_USER}:{URL_PASSWORD}@127.0.0.1:{self.port}/INBOX"

    @property
    def tls_url(self) -> str:
        return f"imaps://{URL_USER}:{URL_PASSWORD}@localhost:{self.tls_port}/INBOX"

    def put(self, content: bytes, *, seen: bool = False) -> Path:
        self._count += 1
        name = f"{1_700_000_000 + self._count}.M{self._count}P1.test"
        path = self.home / "mail" / ("cur" if seen else "new") / (name + (":2,S" if seen else ""))
        draft = self.home / "mail/tmp" / name
        draft.write_bytes(content)
        self._own(draft)
        draft.rename(path)
        return path

    def unseen(self) -> int:
        flagged = [path.name for path in (self.home / "mail/cur").iterdir()]
        waiting = len(list((self.home / "mail/new").iterdir()))
        return waiting + sum("S" not in name.partition(":2,")[2] for name in flagged)

    def number_anew(self) -> None:
        """Throws the numbers away: the next session has another validity."""
        time.sleep(1.1)  # the validity is a time in seconds
        for path in (self.home / "mail").glob("dovecot*"):
            path.unlink()

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def _give(self, account: pwd.struct_passwd) -> None:
        """Everything below home, and the way to it."""
        if os.geteuid() != 0:
            return
        for path in [self.home, *self.home.rglob("*")]:
            os.chown(path, account.pw_uid, account.pw_gid)
        for parent in self.home.parents:
            with suppress(PermissionError):
                if parent.stat().st_uid == 0 and str(parent).startswith("/tmp/"):  # noqa: S108
                    parent.chmod(parent.stat().st_mode | 0o011)

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as line:
                if line.recv(10).startswith(b"* OK"):
                    return
            time.sleep(0.05)
        log = self.home / "log"
        raise RuntimeError(log.read_text() if log.exists() else "dovecot did not start")


def write_certificate(home: Path) -> Path:
    """For localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (home / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (home / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    assert ssl.create_default_context(cafile=str(home / "cert.pem"))
    return home / "cert.pem"


@pytest.fixture
def imap_server(tmp_path_factory):
    server = ImapServer(tmp_path_factory.mktemp("imap"))
    yield server
    server.close()
