"""Telling people what happened: the bell in the page, and letters outside of it.

Upper apps fill the registries in their `notifications.py`, which `core` imports at start: what a
subject is called and where it is (`presenter`), who is told (`recipients`), how an event is said
(`sentence`).
"""

from core.notifications.registry import Subject, Telling, presenter, recipients, sentence

__all__ = ["Subject", "Telling", "presenter", "recipients", "sentence"]
