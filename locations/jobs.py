"""What runs later in this app."""

from locations import operations  # noqa: F401 - declares the long work
