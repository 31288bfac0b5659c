"""Loads regions: `manage.py import_regions path/to/region.csv`."""

from locations.management.commands._imports import ImportCommand
from locations.services.imports import import_regions


class Command(ImportCommand):
    help = "Creates and updates regions from region.csv of github.com/hflabs/region."
    load = staticmethod(import_regions)
