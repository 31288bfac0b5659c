"""Pages of the support desk: of customers, of the staff, and the public knowledge base."""

from django.urls import include, path

urlpatterns = [
    path("", include("support.file_urls")),
    path("support/", include("support.customer_urls")),
    path("desk/", include("support.knowledge_urls")),
    path("desk/", include("support.desk_urls")),
    path("help/", include("support.help_urls")),
]
