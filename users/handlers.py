"""What `users` does on what happens elsewhere, and later: imported at start."""

from users import account_events, operations, second_factor

__all__ = ["account_events", "operations", "second_factor"]
