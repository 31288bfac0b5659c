"""The table of a ticket's life, as it is told."""

from pathlib import Path

from django.conf import settings
from django.utils import translation

from core.workflow import mermaid
from support.ticket_workflow import TICKET_WORKFLOW


def test_the_diagram_in_the_docs_is_the_table():
    with translation.override("en"):
        drawn = mermaid(TICKET_WORKFLOW)
    assert (
        f"```mermaid\n{drawn}```" in (Path(settings.BASE_DIR) / "docs/support-desk.md").read_text()
    )
