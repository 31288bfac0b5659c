"""What this app adds to the frame: sections of the rail, badges, panels of pages and homes."""

from support import (
    attention,  # noqa: F401 - what account managers see of their organizations' tickets
    customer_panels,  # noqa: F401 - what customers see of their tickets elsewhere
    desk_home,  # noqa: F401 - what waits for the staff
    desk_panels,  # noqa: F401 - the desk of the staff
    help_panels,  # noqa: F401 - the knowledge base
)
