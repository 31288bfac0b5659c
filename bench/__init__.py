"""`make bench`: figures of the portal under load, as ratios to a frozen floor page."""
