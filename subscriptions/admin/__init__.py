"""Admin of plans, clients and requests: one module per noun."""

from subscriptions.admin import (  # noqa: F401
    assignment,
    catalogue,
    centre,
    clients,
    deadlines,
    leads,
    outcomes,
    request_page,
    requests,
    teams,
    usage,
    visits,
    watches,
)
