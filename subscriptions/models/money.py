"""Fields of money, the same everywhere."""

from typing import Any

from django.core.validators import MinValueValidator
from django.db import models

CURRENCY = "RUB"


class MoneyField(models.DecimalField):
    """An amount in roubles and kopecks (its row says the currency); never negative by default."""

    def __init__(self, *args: Any, signed: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 12)
        kwargs.setdefault("decimal_places", 2)
        if not signed:
            kwargs.setdefault("validators", [MinValueValidator(0)])
        super().__init__(*args, **kwargs)


def currency_field() -> models.CharField:
    return models.CharField(max_length=3, default=CURRENCY, editable=False)
