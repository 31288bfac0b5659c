"""Admin of plans, clients and requests: one module per noun."""

from subscriptions.admin import (  # noqa: F401
    catalogue,
    centre,
    clients,
    leads,
    outcomes,
    requests,
    teams,
    watches,
)
