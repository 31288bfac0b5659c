"""The desk that a migration sets up: taken away from tests, which set up their own."""

from importlib import import_module
from typing import Any

from django.apps import apps


def first_day() -> Any:
    """The migration."""
    return import_module("support.migrations.0010_data_desk")


def set_up() -> None:
    first_day().set_up(apps)


def take_away() -> None:
    first_day().take_away(apps)
