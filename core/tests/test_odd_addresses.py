"""What no database text can hold, in an address: refused everywhere, whatever the database."""

import pytest
from django.urls import reverse

from core.choices import OrganizationKind
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("page", "parameter"),
    [
        ("coverage_building_new", "building"),
        ("request_list", "building"),
        ("client_list", "tag"),
        ("plan_list", "q"),
        ("availability", "address"),
        ("search", "q"),
    ],
)
@pytest.mark.parametrize("kind", [OrganizationKind.PROVIDER, OrganizationKind.AGENCY])
def test_a_nul_in_an_address_is_never_a_failure_of_ours(sign_in, kind, page, parameter):
    answer = sign_in(make_actor(kind)).get(f"{reverse(page)}?{parameter}=%00x")
    assert answer.status_code in (200, 302, 400, 403, 404)
