"""Papers of a request: what stands in them, on a page to print and as PDF."""

from subscriptions.papers.contents import Paper, PaperKind, paper_of
from subscriptions.papers.drawing import draw_paper

__all__ = ["Paper", "PaperKind", "draw_paper", "paper_of"]
