"""Demo data: a region's worth of people, places and 90 days of work, made through the services.

Seeded: the same every time but for the dates, which end today.
"""
