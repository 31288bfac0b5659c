"""Forms about people. Nothing is set but by a field that stands here."""
