"""How people of the demo accounts work many requests: rules of a provider, views of lists."""

from django.db import transaction

from core.saved_views import Layout, choose_columns, list_kind, save_view
from pages.demo.people import People
from subscriptions.choices import AssignmentMethod
from subscriptions.request_columns import DEFAULTS
from subscriptions.services.assignment_rules import save_assignment_rule


def arrange_work(people: People) -> None:
    """Rules by which the first provider gives its requests out, and views that are kept."""
    provider = people.providers[0]
    operator, agent = people.operators[provider.pk][0], people.agents[0]
    requests = list_kind("requests")
    with transaction.atomic():
        save_assignment_rule(operator, None, method=AssignmentMethod.LEAST_LOAD)
        kept = (
            ("Просроченные", "group=overdue", Layout.LIST),
            ("Ничьи", "group=open&assignee=none", Layout.BOARD),
        )
        for name, query, layout in kept:
            save_view(operator, requests, name=name, query=query, layout=layout, is_shared=True)
        save_view(
            agent,
            requests,
            name="Ждут ответа",
            query="state=NEEDS_INFO",
            columns=["number", "client", "phone", "place", "service", "provider", "due"],
            is_shared=True,
        )
        choose_columns(agent, requests, [*DEFAULTS[agent.kind], "tags"])
