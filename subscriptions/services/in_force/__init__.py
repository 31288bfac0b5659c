"""Subscriptions in force: what a change of one costs, when it is possible, what comes of it."""
