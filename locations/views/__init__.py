"""Pages of places and coverage."""
