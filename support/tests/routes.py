"""Arguments of this app's routes for the access tests."""

from support.tests import (
    customer_routes,  # noqa: F401 - adds its samples
    desk_routes,  # noqa: F401
    file_routes,  # noqa: F401
    help_routes,  # noqa: F401
)
