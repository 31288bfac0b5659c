"""How large, and how uneven, the benchmark's data is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """Counts of rows; `scale` shrinks all of them alike, for trying the benchmark out."""

    requests: int = 1_000_000
    agencies: int = 1_950
    providers: int = 50
    largest: int = 100_000
    clients: int = 1_000_000
    companies: int = 200
    subscriptions: int = 500_000
    # Of one company.
    largest_holding: int = 50_000
    buildings: int = 300_000
    zones: int = 5_000
    cities: int = 200
    # Points of a zone's outline, at least and at most.
    vertices: tuple[int, int] = (12, 80)
    # Of the support desk, and of its largest customer.
    tickets: int = 0
    largest_customer: int = 50_000

    @classmethod
    def places(cls) -> "Shape":
        """Few requests among many buildings and zones of thousands of points (`--shape places`)."""
        return cls(
            requests=20_000,
            agencies=200,
            largest=5_000,
            clients=20_000,
            companies=20,
            subscriptions=10_000,
            largest_holding=1_000,
            buildings=1_000_000,
            zones=10_000,
            vertices=(50, 2_000),
        )

    @classmethod
    def desk(cls) -> "Shape":
        """A support desk of half a million tickets, and little else (`--shape tickets`)."""
        return cls(
            requests=20_000,
            agencies=900,
            largest=5_000,
            clients=20_000,
            companies=100,
            subscriptions=10_000,
            largest_holding=1_000,
            buildings=20_000,
            zones=200,
            cities=50,
            tickets=500_000,
        )

    def scaled(self, scale: float) -> "Shape":
        def part(count: int, least: int) -> int:
            return max(least, int(count * scale))

        return Shape(
            requests=part(self.requests, 1_000),
            agencies=part(self.agencies, 20),
            providers=part(self.providers, 5),
            largest=part(self.largest, 100),
            clients=part(self.clients, 200),
            companies=part(self.companies, 10),
            subscriptions=part(self.subscriptions, 500),
            largest_holding=part(self.largest_holding, 50),
            buildings=part(self.buildings, 300),
            zones=part(self.zones, 20),
            cities=part(self.cities, 5),
            vertices=self.vertices,
            tickets=part(self.tickets, 2_000) if self.tickets else 0,
            largest_customer=part(self.largest_customer, 200),
        )


def uneven(total: int, parts: int, largest: int) -> list[int]:
    """`total` cut into `parts` by a power law whose first part is `largest`.

    The exponent is found by bisection; what rounding leaves over goes to the smallest parts.
    """
    low, high = 0.0, 4.0
    for _ in range(60):
        middle = (low + high) / 2
        if largest * sum(k**-middle for k in range(1, parts + 1)) > total:
            low = middle
        else:
            high = middle
    sizes = [int(largest * k**-high) for k in range(1, parts + 1)]
    for index in range(total - sum(sizes)):
        sizes[-1 - index % (parts - 1)] += 1
    return sizes
