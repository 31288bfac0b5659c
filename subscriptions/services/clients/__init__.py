"""What people and machines do with the clients of a portfolio."""

from subscriptions.services.clients.portfolio import (
    EDITABLE,
    change_client,
    create_client,
    may_change_client,
    record_consent,
)

__all__ = ["EDITABLE", "change_client", "create_client", "may_change_client", "record_consent"]
