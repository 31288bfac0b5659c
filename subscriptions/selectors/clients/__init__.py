"""Reads of the portfolio."""

from subscriptions.selectors.clients.search import (
    SEARCH_LIMIT,
    clients_found,
    clients_with_phone,
    portfolio,
    search_clients,
)

__all__ = [
    "SEARCH_LIMIT",
    "clients_found",
    "clients_with_phone",
    "portfolio",
    "search_clients",
]
