"""One's own account: profile, sessions, security, consents, personal data."""

from users.views.account.consents import consent_document, consent_renew, consent_withdraw
from users.views.account.personal_data import (
    account_deletion,
    account_deletion_cancel,
    personal_data,
    personal_data_download,
    personal_data_export,
)
from users.views.account.profile import profile
from users.views.account.security import security_records
from users.views.account.sessions import session_end, session_end_all, session_list

__all__ = [
    "account_deletion",
    "account_deletion_cancel",
    "consent_document",
    "consent_renew",
    "consent_withdraw",
    "personal_data",
    "personal_data_download",
    "personal_data_export",
    "profile",
    "security_records",
    "session_end",
    "session_end_all",
    "session_list",
]
