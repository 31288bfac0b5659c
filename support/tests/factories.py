"""A desk and its tickets for tests."""

from datetime import timedelta

import factory
from django.utils import timezone

from core.actor import system_actor
from core.choices import OrganizationKind
from support.choices import Channel, DeskSide
from support.models import (
    ArticleCategory,
    DeskCalendar,
    InternalNote,
    Queue,
    QueueMember,
    Ticket,
    TicketCategory,
    TicketMessage,
)
from support.services.articles import publish, save_article
from users.tests.factories import OrganizationFactory, UserFactory

OFFICE_WEEK = [[["09:00", "13:00"], ["14:00", "18:00"]]] * 5 + [[], []]


class CalendarFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DeskCalendar

    name = factory.Sequence(lambda n: f"Calendar {n}")
    week = factory.LazyFunction(lambda: [list(day) for day in OFFICE_WEEK])


class QueueFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Queue

    name = factory.Sequence(lambda n: f"Queue {n}")
    calendar = factory.SubFactory(CalendarFactory)


class QueueMemberFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = QueueMember

    queue = factory.SubFactory(QueueFactory)
    user = factory.SubFactory(UserFactory)


class TicketCategoryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = TicketCategory

    name = factory.Sequence(lambda n: f"Category {n}")
    queue = factory.SubFactory(QueueFactory)


class TicketFactory(factory.django.DjangoModelFactory):
    """A ticket of a person, as it stands in the table; no event tells of it."""

    class Meta:
        model = Ticket

    subject = factory.Sequence(lambda n: f"Subject {n}")
    queue = factory.SubFactory(QueueFactory)
    owner = factory.SubFactory(OrganizationFactory, kind=OrganizationKind.PERSON)
    requester = factory.SubFactory(UserFactory)
    requester_name = factory.LazyAttribute(lambda row: (row.requester and str(row.requester)) or "")
    requester_email = factory.LazyAttribute(
        lambda row: (row.requester and row.requester.email) or ""
    )
    created_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))
    updated_at = factory.SelfAttribute("created_at")
    state_since = factory.SelfAttribute("created_at")


class TicketMessageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = TicketMessage

    ticket = factory.SubFactory(TicketFactory)
    side = DeskSide.CUSTOMER
    channel = Channel.WEB
    author = factory.SelfAttribute("ticket.requester")
    body = factory.Sequence(lambda n: f"Body of message {n}")
    created_at = factory.LazyFunction(timezone.now)


class InternalNoteFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = InternalNote

    ticket = factory.SubFactory(TicketFactory)
    author = factory.SubFactory(UserFactory, is_staff=True, staff_scope="SUPPORT")
    body = factory.Sequence(lambda n: f"Internal words {n}")
    created_at = factory.LazyFunction(timezone.now)


class ArticleCategoryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ArticleCategory

    slug = factory.Sequence(lambda n: f"section-{n}")
    name = factory.Sequence(lambda n: f"Section {n}")


def make_article(title="How to check an address", body="Text of the article.", **fields):
    """A published article with its words, written by the portal; `published=False`: a draft."""
    published = fields.pop("published", True)
    category = fields.pop("category", None) or ArticleCategoryFactory()
    article = save_article(
        system_actor(), None, title=title, body=body, category=category, **fields
    )
    return publish(system_actor(), article) if published else article
