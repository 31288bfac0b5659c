from pages.models.menu import MenuItem
from pages.models.page import SitePage
from pages.models.settings import SiteSettings

__all__ = ["MenuItem", "SitePage", "SiteSettings"]
