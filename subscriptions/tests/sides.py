"""Two sides and a holder around requests, for tests of a request's page."""

from dataclasses import dataclass
from typing import Any

import pytest

from core.actor import Actor
from core.choices import OrganizationKind
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest, Plan
from subscriptions.tests.factories import PlanFactory, request_in
from users.tests.factories import make_actor


@dataclass(frozen=True, slots=True)
class Sides:
    agent: Actor
    operator: Actor
    holder: Actor
    plan: Plan

    def request(self, state: str = RequestState.CHECKING, **fields: Any) -> ConnectionRequest:
        """A request of the agent to the operator's organization, for the holder."""
        return request_in(
            state,
            **{
                "owner": self.agent.organization,
                "created_by": self.agent.user,
                "holder": self.holder.organization,
                "plan": self.plan,
                **fields,
            },
        )


@pytest.fixture
def sides() -> Sides:
    operator = make_actor(OrganizationKind.PROVIDER)
    return Sides(
        make_actor(OrganizationKind.AGENCY),
        operator,
        make_actor(OrganizationKind.COMPANY),
        PlanFactory(provider=operator.organization),
    )


def url(request: ConnectionRequest, more: str = "") -> str:
    return f"/requests/{request.number}/{more}"


def text(response: Any) -> str:
    return response.content.decode()
