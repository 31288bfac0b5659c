"""Homes of those who hold services themselves: companies and private persons."""
