"""Pages of those who ask for help."""
