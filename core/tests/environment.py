"""The suite's environment: set before the settings are read."""

import os
import tempfile

os.environ.setdefault("DEBUG", "true")
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ.setdefault("CACHE_URL", "locmem://")
os.environ.setdefault("EMAIL_URL", "memorymail://")
os.environ.setdefault("SMS_URL", "memory://")
os.environ["SUPPORT_MAIL_URL"] = ""
os.environ["SUPPORT_ADDRESS"] = "support@estconnect.example"
os.environ.setdefault("STAFF_MFA_REQUIRED", "false")
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")
# Each process of the suite has folders of its own: a worker inherits the environment of the process
# that started it, and tests look at what was kept.
os.environ["PRIVATE_MEDIA_ROOT"] = tempfile.mkdtemp(prefix="estconnect-private-")
os.environ["MEDIA_ROOT"] = tempfile.mkdtemp(prefix="estconnect-media-")
