"""Lists of buildings with what a provider offers there: brought in a file, and taken away."""
