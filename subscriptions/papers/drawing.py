"""Lays a paper out as PDF."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from core.pdf import SIGNATURES_HEIGHT, Sheet
from subscriptions.papers.contents import Paper


def draw_paper(paper: Paper, *, signatures: Sequence[bytes | None] = ()) -> bytes:
    """The PDF. `signatures` are pictures of what was drawn by the signers, in their order."""
    sheet = Sheet(paper.title, paper.title)
    sheet.heading(paper.title, paper.below)
    for section in paper.sections:
        sheet.section(section.title)
        sheet.lines(section.lines)
    if paper.items:
        sheet.section(_("Work done"))
        sheet.bullets(paper.items)
    if paper.statement:
        sheet.ln(4)
        sheet.paragraph(paper.statement, with_below=SIGNATURES_HEIGHT)
    if paper.signers:
        sheet.signatures(paper.signers, signatures)
    return bytes(sheet.output())
