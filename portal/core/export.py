"""Tables as CSV and XLSX files: streamed, and safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

from django.http import FileResponse, StreamingHttpResponse
from xlsxwriter import Workbook

Cell = str | int | float | bool | Decimal | datetime | None
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# A text that begins with one of these, or its full-width form, is a formula (OWASP).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class _Echo:
    """A file that hands each written line back."""

    def write(self, line: str) -> str:
        return line


def csv_response(
    filename: str, *, header: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> StreamingHttpResponse:
    """Return the table as a download that is written while it is read."""
    response = StreamingHttpResponse(
        csv_lines(header, rows), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield the lines of the table by RFC 4180; instants are ISO 8601 in UTC."""
    writer = csv.writer(_Echo())
    yield writer.writerow(header)
    for row in rows:
        yield writer.writerow([_written(cell) for cell in row])


def xlsx_response(
    filename: str, *, title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> FileResponse:
    """Return the table as a workbook of one sheet, written row by row and sent in pieces.

    A text is stored as a text, whatever it begins with: nothing in it is ever a formula or a link.
    """
    file = BytesIO()
    book = Workbook(
        file,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    sheet = book.add_worksheet(title[:31])
    for place, name in enumerate(header):
        sheet.write_string(0, place, name, book.add_format({"bold": True}))
    for number, row in enumerate(rows, start=1):
        for place, cell in enumerate(row):
            if isinstance(cell, int | float | Decimal):
                sheet.write_number(number, place, float(cell))
            elif cell is not None:
                sheet.write_string(
                    number, place, cell if isinstance(cell, str) else str(_written(cell))
                )
    book.close()
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=filename, content_type=XLSX)


def _written(cell: Cell) -> str | int | float | bool | Decimal | None:
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell
