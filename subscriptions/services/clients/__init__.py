"""What people and machines do with the clients of a portfolio."""

from subscriptions.services.clients.consent import record_consent, withdraw_consent
from subscriptions.services.clients.handing_over import (
    claim_subscriptions,
    invite_client,
    resend_invitation,
    revoke_invitation,
)
from subscriptions.services.clients.merging import finalise_merges, merge_clients, undo_merge
from subscriptions.services.clients.places import add_address, remove_address
from subscriptions.services.clients.portfolio import (
    EDITABLE,
    change_client,
    create_client,
    may_change_client,
    standing_client,
)
from subscriptions.services.clients.tags import tag_client, tag_many, untag_client, untag_many

__all__ = [
    "EDITABLE",
    "add_address",
    "change_client",
    "claim_subscriptions",
    "create_client",
    "finalise_merges",
    "invite_client",
    "may_change_client",
    "merge_clients",
    "record_consent",
    "remove_address",
    "resend_invitation",
    "revoke_invitation",
    "standing_client",
    "tag_client",
    "tag_many",
    "undo_merge",
    "untag_client",
    "untag_many",
    "withdraw_consent",
]
