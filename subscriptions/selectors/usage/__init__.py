"""Reads of metered use."""
