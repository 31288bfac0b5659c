"""Reads about people and organizations."""

from users.selectors.organizations import (
    display_name,
    organization_by_id,
    organizations_for_menu,
    organizations_to_act_for,
    page_of_organizations,
)

__all__ = [
    "display_name",
    "organization_by_id",
    "organizations_for_menu",
    "organizations_to_act_for",
    "page_of_organizations",
]
