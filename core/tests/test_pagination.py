"""Pages by cursor."""

import pytest

from core.errors import DomainError
from core.pagination import paginate
from subscriptions.models import Client
from subscriptions.tests.factories import ClientFactory
from users.tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db


def test_pages_together_hold_every_row_once_in_order():
    owner = OrganizationFactory()
    made = [ClientFactory(owner=owner, name=f"Клиент {n % 3}").pk for n in range(7)]
    seen, cursor = [], ""
    while True:
        page = paginate(Client.objects.all(), ["name", "-id"], cursor, size=2)
        seen += [(row.name, -row.pk) for row in page]
        cursor = page.next_cursor
        if not cursor:
            break
    assert seen == sorted(seen)
    assert {-pk for _name, pk in seen} == set(made)
    assert len(seen) == len(made)


@pytest.mark.parametrize("cursor", ["garbage", "W10", "WyJ4Il0", "W3siYSI6MX1d", "W251bGxd", "!!!"])
def test_a_foreign_cursor_is_refused(cursor):
    with pytest.raises(DomainError):
        paginate(Client.objects.all(), ["-id"], cursor)
