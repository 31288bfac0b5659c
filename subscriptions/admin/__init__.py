"""Admin of plans, clients and requests: one module per noun."""

from subscriptions.admin import catalogue, clients, leads, outcomes, requests, teams  # noqa: F401
