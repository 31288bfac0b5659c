"""Admin of plans, clients and requests: one module per noun."""

from subscriptions.admin import (  # noqa: F401
    catalogue,
    clients,
    leads,
    outcomes,
    requests,
    teams,
    usage,
    watches,
)
