"""Phones as people write them: one way for clients and for those who sign in."""

from users.phones import parse_phone

__all__ = ["parse_phone"]
