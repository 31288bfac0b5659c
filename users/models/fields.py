"""Columns that follow another column."""

from typing import Any

from django.db import models

from core.folding import fold


class FoldedField(models.CharField):
    """The folded text of the field `source` (core.folding), kept by save and bulk_create alike."""

    def __init__(self, source: str, **kwargs: Any) -> None:
        self.source = source
        super().__init__(**{"max_length": 250, "editable": False, "default": "", **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, [self.source, *args], kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = fold(getattr(model_instance, self.source))[: self.max_length]
        setattr(model_instance, self.attname, value)
        return value
