"""Loads cities: `manage.py import_cities path/to/city.csv`."""

from locations.management.commands._imports import ImportCommand
from locations.services.imports import import_cities


class Command(ImportCommand):
    help = "Creates and updates cities from city.csv of github.com/hflabs/city; regions come first."
    load = staticmethod(import_cities)
