"""Many requests from one file: looked at first, then filed row by row, each row once.

`rows`: what a row says. `judging`: what would become of it. `checking`: the look. `filing`: the
work. docs/filing-many.md has the columns.
"""
