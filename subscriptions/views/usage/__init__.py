"""Pages of metered use."""
