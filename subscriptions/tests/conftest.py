"""Fixtures that the tests of this app share."""

from subscriptions.tests.sides import sides  # noqa: F401
