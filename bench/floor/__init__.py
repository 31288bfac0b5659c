"""The floor page: the least that a signed-in list page of 25 rows costs with stock Django.

Frozen: it is never changed to suit a figure. Reads the tables of the site's database, with models
of its own that name only the columns it shows.
"""
