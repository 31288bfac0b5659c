"""Arguments of this app's routes for the access tests."""

from users.tests import account_routes, organization_routes, staff_routes  # noqa: F401
