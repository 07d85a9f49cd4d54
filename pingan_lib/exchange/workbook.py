"""The tables as a spreadsheet: an .xlsx with a sheet for each table, every cell text, codes to choose from."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING
from unicodedata import east_asian_width
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pandas as pd

from pingan_lib.errors import CorpusError, Problem
from pingan_lib.schema import Column, Table

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

LEFT_OUT = "The workbook holds the tables alone: not the articles’ texts, and not the coding guide."

README, CODES, BASE = "README", "_codes", "_base"
CELL_LIMIT = 32_767  # what a cell of a spreadsheet holds, in UTF-16 units
_CHUNK, _LARGEST = (
    30_000,
    200_000_000,
)  # characters in a cell of the hidden sheet; bytes that these unfold into
_SPARE = 1_000  # rows below the last one that have drop-down lists, too
_WIDEST, _LINE_HEIGHT = 46, 15
_HEADER_FILL, _KEY_FILL, _DRAFT_FILL, _LINE = "DCE3E8", "F3F6F8", "FFF4D6", "9AA8B2"
_TEXT, _KEY, _HEADER = "pingan text", "pingan key", "pingan header"
_LINE_OF_TEXT, _TITLE = "pingan line", "pingan title"
_MISREAD = ("=", "+", "-", "@", "'")  # a spreadsheet would read what follows as a formula, or drop the mark

# XML cannot hold these; OOXML (ECMA-376, ST_Xstring) writes them, and what looks like such a mark, as _xHHHH_.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_WRITTEN = re.compile("_x([0-9A-Fa-f]{4})_")


def write_workbook(tables: Mapping[str, Table], frames: Mapping[str, pd.DataFrame]) -> bytes:
    """Write tables as an .xlsx that a person can code in and that `read_workbook` takes back.

    Every cell is text, so that 95.90, 001 and 2024-04-03 stay as they are and no cell becomes a formula. Columns with
    codes and columns that name rows of another table have drop-down lists. A hidden sheet holds the tables as they
    are now, for merging.

    Parameters
    ----------
    tables : mapping of str to Table
    frames : mapping of str to DataFrame
        Of strings, as `table_files.read_raw` gives them, with the columns of `tables` in any order.

    Returns
    -------
    bytes
        The same for the same tables.

    Raises
    ------
    CorpusError
        If a cell is longer than a cell of a spreadsheet can be.
    """
    from openpyxl import Workbook

    problems = [problem for name in tables for problem in _too_long(tables[name], frames[name])]
    if problems:
        raise CorpusError(problems)
    book = Workbook()
    _add_styles(book)
    book.properties.creator = "pingan_lib"
    _write_readme(book.active, tables)
    sheets = {name: book.create_sheet(name) for name in tables}
    codes = book.create_sheet(CODES)
    codes.sheet_state = "veryHidden"
    for name, table in tables.items():
        _write_table(sheets[name], table, frames[name])
        _add_lists(sheets[name], codes, tables, frames, table)
    _write_base(book.create_sheet(BASE), frames)
    written = BytesIO()
    book.save(written)
    return _settled(written.getvalue())


def escape_text(text: str) -> str:
    """Write what XML cannot hold as OOXML does: a control character as its number in `_x` and `_`."""
    return _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def unescape_text(text: str) -> str:
    """Read what `escape_text` wrote."""
    return _WRITTEN.sub(_character, text)


def _character(mark: re.Match[str]) -> str:
    number = int(mark[1], 16)
    return mark[0] if 0xD800 <= number <= 0xDFFF else chr(number)  # half of a pair is no character


def read_base(sheet: Worksheet) -> dict[str, pd.DataFrame]:
    """Read the tables as they were when the workbook was written.

    Parameters
    ----------
    sheet : Worksheet
        The hidden sheet.

    Raises
    ------
    ValueError
        If the sheet was changed.
    """
    chunks = [str(row[0]) for row in sheet.iter_rows(min_row=2, max_col=1, values_only=True) if row[0]]
    try:
        inflate = zlib.decompressobj()
        text = inflate.decompress(b64decode("".join(chunks), validate=True), _LARGEST)
        if not inflate.eof:
            raise ValueError("what was exported is cut off, or too large")
        base = json.loads(text)
        return {
            name: pd.DataFrame(rows, columns=columns, dtype=str) for name, (columns, rows) in base.items()
        }
    except zlib.error as error:
        raise ValueError(str(error)) from error


def _write_base(sheet: Worksheet, frames: Mapping[str, pd.DataFrame]) -> None:
    base = {name: (list(frame.columns), frame.to_numpy().tolist()) for name, frame in frames.items()}
    text = b64encode(zlib.compress(json.dumps(base).encode(), 9)).decode()
    told = "The tables as they were exported; `pingan import` compares with them. Do not edit."
    chunks = [text[start : start + _CHUNK] for start in range(0, len(text), _CHUNK)]
    for row, line in enumerate([told, *chunks], start=1):
        _put(sheet, row, 1, line, _LINE_OF_TEXT)
    sheet.sheet_state = "veryHidden"


def _too_long(table: Table, frame: pd.DataFrame) -> Iterator[Problem]:
    for column in frame.columns:
        for row, cell in enumerate(frame[column], start=2):
            length = len(escape_text(cell).encode("utf-16-le")) // 2
            if length > CELL_LIMIT:
                found = f"has {length:,} characters; a cell of a spreadsheet holds {CELL_LIMIT:,}."
                yield Problem(f"data/{table.file}", row, column, found, "Shorten it, or edit the CSV itself.")


def _add_styles(book: Workbook) -> None:
    """The few looks that cells have; every one is of text."""
    from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side

    plain, bold, top = (
        Font("Calibri", 11),
        Font("Calibri", 11, bold=True),
        Alignment(vertical="top", wrap_text=True),
    )
    shade, head = PatternFill("solid", fgColor=_KEY_FILL), PatternFill("solid", fgColor=_HEADER_FILL)
    under = Border(bottom=Side("thin", color=_LINE))
    for style in (
        NamedStyle(_TEXT, plain, alignment=top, number_format="@"),
        NamedStyle(_KEY, plain, shade, alignment=top, number_format="@"),
        NamedStyle(_LINE_OF_TEXT, plain, number_format="@"),
        NamedStyle(_TITLE, Font("Calibri", 14, bold=True), number_format="@"),
        NamedStyle(_HEADER, bold, head, under, number_format="@"),
    ):
        book.add_named_style(style)


def _put(sheet: Worksheet, row: int, column: int, text: str, style: str) -> None:
    """Write text that no program takes for anything else."""
    cell = sheet.cell(row, column)
    if text:
        cell.value = escape_text(text)
        cell.data_type = "s"  # openpyxl takes =1 for a formula and #N/A for an error
    cell.style = style
    if text.startswith(_MISREAD):
        cell.quotePrefix = True


def _write_table(sheet: Worksheet, table: Table, frame: pd.DataFrame) -> None:
    from openpyxl.formatting.rule import FormulaRule
    from openpyxl.styles import Alignment, PatternFill
    from openpyxl.utils import get_column_letter

    end, last = len(frame) + 1, get_column_letter(max(1, len(frame.columns)))
    widths: list[int] = []
    for number, name in enumerate(frame.columns, start=1):
        _put(sheet, 1, number, name, _HEADER)
        for row, text in enumerate(frame[name], start=2):
            _put(sheet, row, number, text, _KEY if name in table.key else _TEXT)
        widths.append(min(_WIDEST, max([_width(name) + 4, *(_width(cell) + 2 for cell in frame[name])])))
        new = sheet.column_dimensions[
            get_column_letter(number)
        ]  # what is typed below the last row is text, too
        new.width, new.number_format, new.alignment = (
            widths[-1],
            "@",
            Alignment(vertical="top", wrap_text=True),
        )
    for row, cells in enumerate(frame.to_numpy().tolist(), start=2):
        sheet.row_dimensions[row].height = _height(cells, widths)
    if "status" in frame.columns:
        status = get_column_letter(list(frame.columns).index("status") + 1)
        draft = FormulaRule([f'${status}2="draft"'], fill=PatternFill("solid", bgColor=_DRAFT_FILL))
        sheet.conditional_formatting.add(f"A2:{last}{end + _SPARE}", draft)
    leading = next((n for n, name in enumerate(frame.columns) if name not in table.key), len(frame.columns))
    sheet.freeze_panes = f"{get_column_letter(leading + 1)}2"
    sheet.auto_filter.ref = f"A1:{last}{end}"
    sheet.print_title_rows = "1:1"
    _set_page(sheet)


def _set_page(sheet: Worksheet) -> None:
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _height(cells: Sequence[str], widths: Sequence[int]) -> int:
    """Points that a row takes, with its cells wrapped."""
    lines = [
        sum(max(1, -(-_width(line) // (width - 1))) for line in text.split("\n"))
        for text, width in zip(cells, widths, strict=True)
    ]
    return min(_LINE_HEIGHT * max(lines, default=1), 409)  # Excel's limit


def _width(text: str) -> int:
    """Columns that the longest line takes; a Chinese character takes two."""
    return max(
        (sum(1 + (east_asian_width(each) in "WF") for each in line) for line in text.split("\n")), default=0
    )


def _add_lists(
    sheet: Worksheet,
    codes: Worksheet,
    tables: Mapping[str, Table],
    frames: Mapping[str, pd.DataFrame],
    table: Table,
) -> None:
    """Give each header its description, and each column of codes or of references a list to choose from."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    targets = {reference.column: reference for reference in table.references}
    end = len(frames[table.name]) + 1 + _SPARE
    for number, name in enumerate(frames[table.name].columns, start=1):
        column, letter = table.column(name), get_column_letter(number)
        told = {"showInputMessage": True, "promptTitle": name[:32], "prompt": _help(column)}
        sheet.add_data_validation(DataValidation(sqref=f"{letter}1", **told))
        if column.codes and column.type != "list":
            place = codes.max_column + (codes["A1"].value is not None)
            for row, code in enumerate([f"{table.name}.{name}", *column.codes], start=1):
                _put(codes, row, place, code, _LINE_OF_TEXT)
            at = get_column_letter(place)
            source, style = f"{CODES}!${at}$2:${at}${len(column.codes) + 1}", "stop"
            wrong = "This is none of its codes. Choose one from the list."
        elif name in targets and targets[name].table in frames:
            target = targets[name]
            at = get_column_letter(list(frames[target.table].columns).index(target.key) + 1)
            rows = f"'{target.table}'!${at}$2:${at}${len(frames[target.table]) + 1 + _SPARE}"
            source, style = f"OFFSET({rows},0,0,MAX(1,COUNTA({rows})),1)", "warning"  # no blanks at its end
            wrong = f"No row of the sheet {target.table} has this {target.key}. Add the row there, too."
            names = _names(tables[target.table], frames[target.table], target.key)
            told["prompt"] = _help(column, f"A row of the sheet {target.table}. {names}")
        else:
            if column.codes:
                told["prompt"] = _help(column, f"Any of these, with ; between: {', '.join(column.codes)}.")
                sheet.add_data_validation(DataValidation(sqref=f"{letter}2:{letter}{end}", **told))
            continue
        sheet.add_data_validation(
            DataValidation(
                type="list",
                formula1=source,
                allowBlank=not column.required,
                showErrorMessage=True,
                errorStyle=style,
                errorTitle=name[:32],
                error=wrong[:225],
                sqref=f"{letter}2:{letter}{end}",
                **told,
            )
        )


def _help(column: Column, more: str = "") -> str:
    """A column's description, as long as an input message can be."""
    text = f"{column.description} {more}".strip()
    return text if len(text) <= 255 else f"{text[:252].rstrip()} …"


def _names(table: Table, frame: pd.DataFrame, key: str) -> str:
    """The rows of a short table with their names, such as the dimensions of the codebook."""
    named = [f"{row[key]} {row['name_zh']}" for row in frame.to_dict("records")] if "name_zh" in frame else []
    text = "; ".join(named)
    return text if len(text) <= 200 else f"Its names are on the sheet {table.name}."


def _write_readme(sheet: Worksheet, tables: Mapping[str, Table]) -> None:
    """The first page: what this is, how it comes back, and what each column means."""
    sheet.title = README
    _put(sheet, 1, 1, "The tables of a project, for coding in a spreadsheet", _TITLE)
    lines = [
        "Edit, add and remove rows on the other sheets, save as .xlsx, then run: pingan import FILE",
        "Rows are known by their shaded key. Rows and columns may be sorted; columns may not be renamed or removed.",
        "Every cell is text: 95.90 and 001 stay as they are. Do not change the cells’ format.",
        "Columns with codes have a list to choose from. Where a list is meant, put ; between its codes.",
        "Rows whose status is draft are yellow; reports leave them out.",
        "Sheets of your own are ignored. Nothing changes in the project before pingan import has shown it.",
        "在其他工作表中增、删、改行，存为 .xlsx，再运行 pingan import 文件名。每个单元格都是文本，请勿改格式；",
        "带下拉列表的列请从列表选择；列名不可改、不可删；状态为 draft 的行标黄。",
    ]
    for row, line in enumerate(lines, start=3):
        _put(sheet, row, 1, line, _LINE_OF_TEXT)
    row = len(lines) + 4
    for number, (name, width) in enumerate(zip(_README_HEAD, _README_WIDTHS, strict=True), start=1):
        _put(sheet, row, number, name, _HEADER)
        sheet.column_dimensions["ABCDE"[number - 1]].width = width
    for table in tables.values():
        for column in table.columns:
            row += 1
            required = "key" if column.name in table.key else "yes" if column.required else ""
            target = next((r.table for r in table.references if r.column == column.name), "")
            codes = "; ".join(column.codes) or (f"a row of {target}" if target else "")
            cells = (table.name, column.name, required, column.description, codes)
            for number, text in enumerate(cells, start=1):
                _put(sheet, row, number, text, _TEXT)
            sheet.row_dimensions[row].height = _height(cells, _README_WIDTHS)
    _set_page(sheet)


_README_HEAD = ("sheet", "column", "required", "meaning", "codes")
_README_WIDTHS = (17, 18, 10, 70, 60)


def _settled(content: bytes) -> bytes:
    """Take the times out of a workbook, and tell Excel that numbers stored as text are meant so."""
    calm = b'<ignoredErrors><ignoredError sqref="A1:XFD1048576" numberStoredAsText="1"/></ignoredErrors>'
    settled = BytesIO()
    with ZipFile(BytesIO(content)) as source, ZipFile(settled, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name.startswith("xl/worksheets/"):
                part = part.replace(b"</worksheet>", calm + b"</worksheet>")
                part = re.sub(rb'(<row [^>]*) customHeight="1"', rb"\1", part)  # a row grows with its text
            elif name == "docProps/core.xml":
                part = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2000-01-01T00:00:00Z", part)
            entry = ZipInfo(name)  # of 1980-01-01
            entry.compress_type, entry.create_system = ZIP_DEFLATED, 0
            target.writestr(entry, part)
    return settled.getvalue()
