"""Cells that a spreadsheet shows instead of running them."""

# What spreadsheets take for the beginning of a formula, in either width.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def escaped(cell: str) -> str:
    """`cell` so that a spreadsheet shows it; a number stays one."""
    if not cell.startswith(FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def as_text(cell: str) -> str:
    """`cell` so that a spreadsheet shows it letter by letter: a phone is no number."""
    return f"'{cell}" if cell.lstrip().startswith(FORMULA) else cell


def unescaped(cell: str) -> str:
    """What `escaped` and `as_text` were given."""
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip().startswith(FORMULA) else cell
