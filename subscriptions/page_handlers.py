"""What follows from what is added on the page of a request."""

from core.events import handler
from core.models import Event
from subscriptions.services.requests.files import make_pictures


@handler("file.added", queue="long")
def draw_pictures(event: Event) -> None:
    """By the worker: a large picture takes a second, and a broken one whatever it takes."""
    make_pictures(event.data["file"])
