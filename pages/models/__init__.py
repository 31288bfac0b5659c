from pages.models.menu import MenuItem
from pages.models.page import SitePage
from pages.models.places import PublicCity, PublicOffer, PublicProvider
from pages.models.settings import SiteSettings

__all__ = ["MenuItem", "PublicCity", "PublicOffer", "PublicProvider", "SitePage", "SiteSettings"]
