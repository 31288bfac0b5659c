"""Clients of all agencies, and the terms by which they are found."""

import random
from collections.abc import Iterator

from bench.data.common import NOW, insert
from bench.data.organizations import agencies
from bench.shape import Shape, uneven
from core.folding import fold
from subscriptions.client_terms import terms_of
from subscriptions.models import Client, ClientTerm

FIRST = [
    "Иванова",
    "Петров",
    "Сидорова",
    "Кузнецов",
    "Смирнова",
    "Попов",
    "Ахметова",
    "Гарипов",
    "Волкова",
    "Зайцев",
]
LAST = ["Анна", "Пётр", "Мария", "Олег", "Елена", "Рустам", "Алия", "Артём", "Ольга", "Фёдор"]


def make_clients(shape: Shape, chance: random.Random) -> None:
    owners = agencies()
    sizes = uneven(shape.clients, len(owners), shape.largest // 5)

    def rows() -> Iterator[Client]:
        number = 0
        for owner, size in zip(owners, sizes, strict=True):
            for _ in range(size):
                number += 1
                name = f"{chance.choice(FIRST)} {chance.choice(LAST)} {number}"
                yield Client(
                    owner=owner,
                    name=name,
                    phone=f"+79{number:09d}",
                    search_key=fold(name),
                    created_at=NOW,
                    updated_at=NOW,
                )

    insert(Client, rows())
    insert(
        ClientTerm,
        (
            ClientTerm(owner_id=owner, client_id=pk, term=term)
            for pk, owner, name, phone in Client.objects.order_by("pk")
            .values_list("pk", "owner_id", "name", "phone")
            .iterator()
            for term in terms_of(name, str(phone))
        ),
    )
