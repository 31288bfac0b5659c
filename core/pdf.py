"""Papers as PDF: A4 sheets with numbered pages, in a font that has all that is written here."""

import logging
from collections.abc import Sequence
from io import BytesIO

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

from core import clock
from core.fonts import STYLES, font_folder

# It tells, at the level of information, of every table of a font that it leaves out.
logging.getLogger("fontTools").setLevel(logging.WARNING)
FAMILY = "DejaVu"
_MARGIN, _LABEL_WIDTH = 18, 55
# Three lines: the longest name of a field.
_LABEL_AT_MOST = 16
_INK, _SOFT, _LINE = 20, 110, 190
SIGNATURE_HEIGHT = 12
# With the names above the lines and what is written under them.
SIGNATURES_HEIGHT = 34


class Sheet(FPDF):
    """A paper being written, from the top down; `output()` gives its bytes.

    `running` stands at the foot of every page beside its number.
    """

    def __init__(self, title: str, running: str) -> None:
        super().__init__(format="A4")
        folder = font_folder()
        if folder is None:
            raise FileNotFoundError("The fonts for PDF are missing: run manage.py build_assets")
        for style, name in STYLES.items():
            self.add_font(FAMILY, style, folder / name)
        self._running = running
        self.set_title(title)
        self.set_lang(get_language() or "ru")
        self.set_creation_date(clock.now())
        self.set_margins(_MARGIN, 16, _MARGIN)
        self.set_auto_page_break(True, margin=20)
        self.c_margin = 0
        self.alias_nb_pages()
        self.add_page()
        self._ink(10)

    def _ink(self, size: float, style: str = "", grey: int = _INK) -> None:
        self.set_font(FAMILY, style, size)
        self.set_text_color(grey)

    def footer(self) -> None:
        self.set_y(-14)
        self._ink(8, grey=_SOFT)
        self.cell(0, 5, self._running, align="L", new_x=XPos.LMARGIN, new_y=YPos.TOP)
        pages = _("page %(page)s of %(pages)s") % {"page": self.page_no(), "pages": "{nb}"}
        self.cell(0, 5, pages, align="R")

    # --- what stands on it --------------------------------------------------------------------
    def heading(self, text: str, below: str = "") -> None:
        self._ink(15, "B")
        self.multi_cell(0, 7, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        if below:
            self._ink(10, grey=_SOFT)
            self.multi_cell(0, 5, below, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(2)

    def section(self, title: str) -> None:
        # A title alone at the end of a page would stand without what it is the title of.
        if self.will_page_break(22):
            self.add_page()
        self.ln(2)
        self._ink(11, "B")
        self.multi_cell(0, 6, title, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_draw_color(_LINE)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
        self.ln(1.5)

    def lines(self, rows: Sequence[tuple[str, str]]) -> None:
        """Names and values in two columns; a value goes on for as many pages as it needs."""
        for label, value in rows:
            if self.will_page_break(_LABEL_AT_MOST):
                self.add_page()
            top, page = self.get_y(), self.page_no()
            self._ink(9, grey=_SOFT)
            self.multi_cell(
                _LABEL_WIDTH - 3, 5, label, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT
            )
            below_label = self.get_y()
            self._ink(10)
            self.set_xy(self.l_margin + _LABEL_WIDTH, top)
            self.multi_cell(0, 5, value, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            if self.page_no() == page:
                self.set_y(max(self.get_y(), below_label))
            self.ln(0.8)

    def bullets(self, rows: Sequence[tuple[bool, str]]) -> None:
        """Items with a tick or an empty box before each."""
        for done, text in rows:
            if self.will_page_break(6):
                self.add_page()
            self._ink(10)
            self.cell(6, 5.5, "☑" if done else "☐")
            self.multi_cell(0, 5.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def paragraph(self, text: str, *, with_below: float = 0) -> None:
        """`with_below` millimetres under it stay on its page: signatures belong to a text."""
        self._ink(10)
        height = self.multi_cell(
            0, 5, text, align="L", dry_run=True, output=MethodReturnValue.HEIGHT
        )
        if self.will_page_break(float(height) + with_below):  # type: ignore[arg-type]
            self.add_page()
        self.multi_cell(0, 5, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def signatures(self, names: Sequence[str], drawn: Sequence[bytes | None] = ()) -> None:
        """Places to sign, side by side; `drawn` are pictures (PNG or JPEG) of signatures."""
        if self.will_page_break(SIGNATURES_HEIGHT):
            self.add_page()
        self.ln(6)
        top, width = self.get_y(), (self.w - self.l_margin - self.r_margin - 10) / len(names)
        for index, name in enumerate(names):
            left = self.l_margin + index * (width + 10)
            picture = drawn[index] if index < len(drawn) else None
            self._one_signature(name, picture, left, top, width)

    def _one_signature(
        self, name: str, picture: bytes | None, left: float, top: float, width: float
    ) -> None:
        self._ink(9)
        self.set_xy(left, top)
        self.multi_cell(width, 4.5, name, align="L", max_line_height=4.5)
        line = top + 10 + SIGNATURE_HEIGHT
        if picture is not None:
            self.image(
                BytesIO(picture), left, line - SIGNATURE_HEIGHT, w=width * 0.6,
                h=SIGNATURE_HEIGHT, keep_aspect_ratio=True,
            )  # fmt: skip
        self.set_draw_color(_INK)
        self.line(left, line, left + width, line)
        self._ink(7.5, grey=_SOFT)
        self.set_xy(left, line + 0.5)
        self.cell(width, 4, _("signature, name, date"), align="C")
