"""Reads of the portfolio."""

from subscriptions.selectors.clients.duplicates import duplicate_groups, merges_that_can_be_undone
from subscriptions.selectors.clients.invitations import (
    holder_of,
    invitation_of_link,
    invitations_of,
    requests_to_be_claimed,
    to_be_claimed,
)
from subscriptions.selectors.clients.rows import client_rows, tags_of_rows
from subscriptions.selectors.clients.search import (
    SEARCH_LIMIT,
    clients_found,
    clients_with_phone,
    few_clients,
    just_added,
    portfolio,
    search_clients,
)

__all__ = [
    "SEARCH_LIMIT",
    "client_rows",
    "clients_found",
    "clients_with_phone",
    "duplicate_groups",
    "few_clients",
    "holder_of",
    "invitation_of_link",
    "invitations_of",
    "just_added",
    "merges_that_can_be_undone",
    "portfolio",
    "requests_to_be_claimed",
    "search_clients",
    "tags_of_rows",
    "to_be_claimed",
]
