"""Order lines in bulk: what people paste from a spreadsheet, or send as CSV or XLSX, row by row.

Plain Python. A row is never dropped: what can't be read in it is kept as text, with the reason.

The columns are named in the first row, or else stand in this order::

    item, quantity, unit, price, date                 where the third column holds no numbers
    customer, item, quantity, unit, price, date       where it does
"""

import csv
import io
import re
import unicodedata
from datetime import date, datetime
from typing import NamedTuple

COLUMNS = ("customer", "item", "quantity", "unit", "price", "date", "po")
# Headings that people use, in lower case and without punctuation
HEADINGS = {
    "customer": (
        "customer",
        "customer ref",
        "customer reference",
        "customer no",
        "customer number",
        "account",
    ),
    "item": (
        "sku",
        "item",
        "part",
        "part number",
        "part no",
        "product",
        "item number",
        "item no",
        "upc",
        "gtin",
    ),
    "quantity": ("qty", "quantity", "ordered", "order qty", "pieces"),
    "unit": ("unit", "uom", "unit of measure"),
    "price": ("price", "unit price"),
    "date": ("date", "requested", "requested date", "delivery date", "ship date"),
    "po": ("po", "po number", "purchase order", "order number", "po no"),
}
BY_HEADING = {heading: column for column, headings in HEADINGS.items() for heading in headings}
DATE_FORMATS = ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%d.%m.%Y", "%m/%d/%y", "%d-%b-%Y")


class Row(NamedTuple):
    """One row as read: texts are as written; a number or date that can't be read is ``None``."""

    number: int
    raw: str
    customer: str = ""
    item: str = ""
    quantity: float | None = None
    unit: str = ""
    price: float | None = None
    day: date | None = None
    po: str = ""
    problem: str = ""  # name of a column that can't be read


def read_rows(data, decimal_point="."):
    """Rows of a CSV or XLSX file, or of pasted text; empty rows are left out.

    :param data: bytes
    :param decimal_point: how the person writes numbers where a number alone does not tell
    :raise ValueError: it is neither text nor a spreadsheet
    """
    table = _read_xlsx(data) if data[:4] == b"PK\x03\x04" else _read_text(data)
    table = [(number, cells) for number, cells in enumerate(table, start=1) if any(map(_text, cells))]
    if not table:
        return []
    columns = _columns(table[0][1])
    body = table[1:] if columns else table
    columns = columns or _usual_columns(body, decimal_point)
    return [_row(number, cells, columns, decimal_point) for number, cells in body]


def _read_text(data):
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise ValueError("neither text nor a spreadsheet")
    lines = [line for line in text.splitlines() if line.strip()]
    head = lines[:20]
    # a mark that nearly every line has; a comma may also stand in numbers
    delimiter = next((m for m in "\t;|," if sum(m in line for line in head) >= 0.8 * len(head)), ",")
    return csv.reader(io.StringIO(text), delimiter=delimiter)


def _read_xlsx(data):
    from openpyxl import load_workbook  # only spreadsheets need it

    try:
        sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        return [list(cells) for cells in sheet.iter_rows(values_only=True)]
    except Exception as error:  # the library raises whatever a damaged archive makes it stumble over
        raise ValueError("a spreadsheet that can't be read") from error


def _columns(cells):
    """Columns named by a first row; empty when it is no heading."""
    named = [BY_HEADING.get(re.sub(r"[^a-z0-9]+", " ", _text(cell).lower()).strip(), "") for cell in cells]
    return named if {"item", "quantity"} <= set(named) else []


def _usual_columns(body, decimal_point):
    """Columns of a table that does not name them."""
    third = [cells[2] for _number_of_row, cells in body if len(cells) > 2]
    numbers = sum(_number(cell, decimal_point) is not None and not _letters(cell) for cell in third)
    return COLUMNS if third and 2 * numbers >= len(body) else COLUMNS[1:]


def _letters(cell):
    return any(character.isalpha() for character in _text(cell))


def _trimmed(cells):
    cells = list(cells)
    while cells and not _text(cells[-1]):
        cells.pop()
    return cells


def _text(cell):
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # a spreadsheet keeps part number 4711 as 4711.0
    text = unicodedata.normalize("NFC", str(cell)).replace("\0", "")
    return text.strip().strip("\u200b\ufeff\xa0")


def _row(number, cells, columns, decimal_point):
    values = dict.fromkeys(COLUMNS, "")
    for column, cell in zip(columns, cells):  # noqa: B905  rows may be shorter or longer than the heading
        if column:
            values[column] = cell
    read, problem = {}, ""
    for column, name, reader in (
        ("quantity", "quantity", _number),
        ("price", "price", _number),
        ("date", "day", _day),
    ):
        written = values[column]
        read[name] = reader(written, decimal_point) if _text(written) else None
        if _text(written) and read[name] is None:
            problem = problem or column
    if read["quantity"] is None or read["quantity"] <= 0:
        problem = "quantity"
    if not _text(values["item"]):
        problem = "item"
    return Row(
        number=number,
        raw="\t".join(map(_text, _trimmed(cells))),
        problem=problem,
        **read,
        **{column: _text(values[column]) for column in ("customer", "item", "unit", "po")},
    )


def _number(cell, decimal_point):
    """A number as people write it: 1,234.50 or 1.234,50, with a currency or not."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return float(cell)
    text = re.sub(r"[^\d.,\-]", "", _text(cell))
    marks = [mark for mark in text if mark in ".,"]
    if len(set(marks)) == 2:
        decimal = marks[-1]
    elif len(marks) == 1:
        # one mark: thousands only where it stands so and is not the person's decimal point
        decimal = marks[0]
        if re.fullmatch(r"-?[1-9]\d{0,2}[.,]\d{3}", text) and decimal != decimal_point:
            decimal = ""
    else:
        decimal = ""
    for mark in ".,":
        if mark != decimal:
            text = text.replace(mark, "")
    try:
        return float(text.replace(",", ".")) if re.search(r"\d", _text(cell)) else None
    except ValueError:
        return None


def _day(cell, _decimal_point):
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    for pattern in DATE_FORMATS:
        try:
            return datetime.strptime(_text(cell), pattern).date()
        except ValueError:
            continue
    return None
