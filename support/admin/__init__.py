"""Django admin of the support desk: one module per noun."""

from support.admin import knowledge, mail, notes, setup, tickets  # noqa: F401 - registered there
