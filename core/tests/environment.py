"""The suite's environment: set before the settings are read."""

import os
import tempfile

os.environ.setdefault("DEBUG", "true")
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ.setdefault("CACHE_URL", "locmem://")
os.environ.setdefault("EMAIL_URL", "memorymail://")
os.environ.setdefault("SMS_URL", "memory://")
os.environ.setdefault("STAFF_MFA_REQUIRED", "false")
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")
os.environ.setdefault("PRIVATE_MEDIA_ROOT", tempfile.mkdtemp(prefix="estconnect-private-"))
os.environ.setdefault("MEDIA_ROOT", tempfile.mkdtemp(prefix="estconnect-media-"))
