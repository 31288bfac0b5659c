"""Names of the figures that homes show: tallies of the owner and the provider of requests.

Each is written with the change that it counts, and can be counted again from rows
(`manage.py recount`). A day is that of the organization's time zone. All but IN_WORK are about
connections: a change of a subscription is work, but connects nothing.
"""

REQUESTS_SUBMITTED = "requests_submitted"
# Taken up for checking.
REQUESTS_CHECKED = "requests_checked"
# Approved for the first time: an approval repeated after a question does not count twice.
REQUESTS_APPROVED = "requests_approved"
REQUESTS_CONNECTED = "requests_connected"
REQUESTS_REJECTED = "requests_rejected"
# Filed and not finished: +1 when filed, -1 when closed; the figure is the sum over all days.
IN_WORK = "requests_in_work"
# Roubles accrued, less what was reversed; for an agency earned, for a provider owed.
COMMISSION = "commission"

# Deadlines missed: the agency's of all that it filed, the provider's of its own. Told of when they
# are missed and in no row afterwards, so it is not among those that are counted again.
DEADLINES_MISSED = "deadlines_missed"

FIGURES = (
    REQUESTS_SUBMITTED,
    REQUESTS_CHECKED,
    REQUESTS_APPROVED,
    REQUESTS_CONNECTED,
    REQUESTS_REJECTED,
    IN_WORK,
    COMMISSION,
)
