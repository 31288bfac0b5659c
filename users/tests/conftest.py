"""What the tests of `users` share."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _no_attempts_counted():
    """Throttles count in the shared cache: each test begins with an empty one."""
    cache.clear()
