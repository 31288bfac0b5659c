"""Admin of plans, clients and requests: one module per noun."""

from subscriptions.admin import catalogue, clients, outcomes, requests  # noqa: F401
