"""The coded articles as a REFI-QDA project, the codebook as a REFI-QDA codebook."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from xml.etree import ElementTree as ET

import pandas as pd

from pingan_lib.corpus import Corpus
from pingan_lib.exchange.refi.cards import CARRIED, KINDS, Base, fingerprint, guid, lf, pack_base, write_card
from pingan_lib.exchange.refi.codes import Row, code_list, codes_element, list_name, rows_of, table_rows
from pingan_lib.schema import DESCRIPTOR
from pingan_lib.table_files import read_raw

ORIGIN = "pingan_lib"
_PROJECT, _CODEBOOK = "urn:QDA-XML:project:1.0", "urn:QDA-XML:codebook:1.0"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)

Tables = Mapping[str, pd.DataFrame]


def codebook_qdc(corpus: Corpus) -> bytes:
    """Write the codebook as a REFI-QDA codebook (version 1.0), for the code list of another tool.

    Parameters
    ----------
    corpus : Corpus

    Returns
    -------
    bytes
        XML, UTF-8: the dimensions of approach, the measures and the kinds of statement, each under a heading that
        cannot be coded. The description of a code holds the columns of its row.
    """
    root = _root("CodeBook", _CODEBOOK, "Codebook", {"origin": ORIGIN})
    root.append(codes_element(code_list(corpus)))
    return _xml(root)


def project_qdpx(corpus: Corpus) -> bytes:
    """Write the coded articles as a REFI-QDA project (version 1.0).

    The same tables give the same bytes.

    Parameters
    ----------
    corpus : Corpus

    Returns
    -------
    bytes
        A zip with `project.qde` and the articles in `sources/`: UTF-8 without a byte order mark, line feeds.
        Positions count code points in these texts. Every row of `approaches`, `figures` and `statements` is a
        selection, with its columns in the description, coded with its table and its dimensions, measure or kind.
        What several persons coded stands in one selection for each: some tools know the user of a selection alone.
    """
    data = corpus.root / "data"
    return write_project(corpus, {name: read_raw(data, corpus.tables[name]).fillna("") for name in CARRIED})


def write_project(corpus: Corpus, tables: Tables) -> bytes:
    """Write a project of these tables; articles, places and codebook are the corpus's.

    Parameters
    ----------
    corpus : Corpus
    tables : mapping of str to DataFrame
        The tables that are carried, of strings. Quotes stand where the corpus says.

    Returns
    -------
    bytes
    """
    codes = code_list(corpus)
    base = Base(
        dict(tables),
        {article: fingerprint(text) for article, text in corpus.texts.items()},
        {(code.kind, code.id): code.name for group in codes.values() for code in group},
    )
    coders = rows_of(tables["coders"])
    users = list(dict.fromkeys([*tables["coders"]["coder_id"], *tables["codings"]["coder_id"]]))
    dates = sorted(row["date"] for row in coders)
    stamps = {"creationDateTime": _time(dates[0]), "modifiedDateTime": _time(dates[-1])} if dates else {}
    title = json.loads((corpus.root / "data" / DESCRIPTOR).read_text(encoding="utf-8")).get("title", ORIGIN)
    root = _root("Project", _PROJECT, "Project", {"name": list_name(title, 250), "origin": ORIGIN, **stamps})
    names = ({"guid": guid("coder", user), "name": user, "id": user} for user in users)
    _filled(root, "Users", (ET.Element("User", each) for each in names))
    ET.SubElement(root, "CodeBook").append(codes_element(codes))
    _filled(root, "Variables", (_variable(*variable) for variable in _VARIABLES))
    _filled(root, "Cases", _cases(corpus))
    _filled(root, "Sources", _sources(corpus, tables))
    texts = {guid("article", article): lf(text) for article, text in corpus.texts.items()}
    notes = []
    for row in coders:
        card = write_card("coder", row["coder_id"], {n: cell for n, cell in row.items() if n != "coder_id"})
        notes.append((f"{row['coder_id']} {row['article_id']}", card, row["coder_id"], row["date"]))
    notes.append((f"{ORIGIN} rows as exported", pack_base(base), "", dates[-1] if dates else "1970-01-01"))
    _filled(root, "Notes", (_note(name, user, date) for name, _, user, date in notes))
    texts |= {guid("note", name): text for name, text, _, _ in notes}
    # QualCoder drops a note that a source refers to; the project may refer to all of them.
    for name, *_ in notes:
        ET.SubElement(root, "NoteRef", {"targetGUID": guid("note", name)})
    return _zip(
        {"project.qde": _xml(root)} | {f"sources/{name}.txt": text.encode() for name, text in texts.items()}
    )


# The articles and what is quoted from them

_ABOUT = ("title", "publisher", "author", "published", "url", "speaker")
_HOME = {"measure": "figures", "kind": "statements"}
_VARIABLES = (("level", "Text"), ("city", "Text"), ("year", "Integer"), ("genre", "Text"))


def _variable(name: str, kind: str) -> ET.Element:
    return ET.Element("Variable", {"guid": guid("variable", name), "name": name, "typeOfVariable": kind})


def _value(parent: ET.Element, name: str, value: str) -> None:
    holder = ET.SubElement(parent, "VariableValue")
    ET.SubElement(holder, "VariableRef", {"targetGUID": guid("variable", name)})
    ET.SubElement(holder, f"{dict(_VARIABLES)[name]}Value").text = value


def _cases(corpus: Corpus) -> Iterator[ET.Element]:
    for place_id, place in corpus.cities.iterrows():
        name = list_name(f"{place['name_zh']} {place['name_en']}")
        case = ET.Element("Case", {"guid": guid("place", str(place_id)), "name": name})
        _value(case, "level", place["level"])
        for article in corpus.articles.index[corpus.articles["place_id"] == place_id]:
            ET.SubElement(case, "SourceRef", {"targetGUID": guid("article", str(article))})
        yield case


def _sources(corpus: Corpus, tables: Tables) -> Iterator[ET.Element]:
    coders = _grouped(rows_of(tables["coders"]), "article_id")
    codings = _grouped(rows_of(tables["codings"]), "approach_id")
    quoted = {table: _grouped(rows_of(tables[table]), "article_id") for table in KINDS}
    for row in table_rows(corpus, "articles"):
        article, source_guid = row["article_id"], guid("article", row["article_id"])
        days = {each["coder_id"]: each["date"] for each in coders.get(article, ())}
        first = next(iter(days), "")
        names = {"guid": source_guid, "name": list_name(f"{article} {row['title']}")}
        path = {"plainTextPath": f"internal://{source_guid}.txt"}
        source = ET.Element("TextSource", names | path | _made(first, days))
        ET.SubElement(source, "Description").text = write_card(
            "article", article, {n: row[n] for n in _ABOUT}
        )
        found = []
        for table, rows in quoted.items():
            for each in rows.get(article, ()):
                row_id = each[f"{KINDS[table]}_id"]
                start = len(lf(corpus.texts[article][: getattr(corpus, table).at[row_id, "start"]]))
                coded = {first: list[Row]()} | _grouped(codings.get(row_id, ()), "coder_id")
                for user, theirs in coded.items():
                    selection = _selection(table, each, start, theirs, user == first, _made(user, days))
                    found.append(((start, len(each["quote"]), table, row_id), selection))
        source.extend(selection for _, selection in sorted(found, key=lambda each: each[0]))
        _value(source, "city", corpus.places.at[row["place_id"], "name_zh"])
        _value(source, "year", row["published"][:4])
        _value(source, "genre", row["genre"])
        yield source


def _selection(table: str, row: Row, start: int, codings: Iterable[Row], own: bool, made: Row) -> ET.Element:
    """A row's own selection, or one for a further person that holds nothing but that person's codings."""
    kind, row_id = KINDS[table], row[f"{KINDS[table]}_id"]
    codes = [("dimension", each["dimension_id"]) for each in codings]
    cells = {f"note on {each['dimension_id']}": each["note"] for each in codings}
    if own:
        cells = {name: cell for name, cell in row.items() if name not in (f"{kind}_id", "article_id")} | cells
        own_codes = [("row", kind), ("measure", row.get("measure_id", "")), ("kind", row.get("kind", ""))]
        codes = [code for code in own_codes if code[1] and _HOME.get(code[0], table) == table] + codes
    user = [] if own else [made.get("creatingUser", "")]
    span = {"startPosition": str(start), "endPosition": str(start + len(lf(row["quote"])))}
    names = {"guid": guid(table, row_id, *user), "name": _label(table, row)}
    selection = ET.Element("PlainTextSelection", names | span | made)
    ET.SubElement(selection, "Description").text = write_card(kind if own else "coding", row_id, cells)
    for code in codes:
        coding = ET.SubElement(selection, "Coding", {"guid": guid(table, row_id, *user, *code)} | made)
        ET.SubElement(coding, "CodeRef", {"targetGUID": guid("code", *code)})
    return selection


def _label(table: str, row: Row) -> str:
    if table == "approaches":
        return list_name(row["name_zh"])
    return list_name(f"{row['printed']} {row['label_zh']}" if table == "figures" else row["quote"])


def _note(name: str, user: str, date: str) -> ET.Element:
    note_guid = guid("note", name)
    attributes = {"guid": note_guid, "name": list_name(name), "plainTextPath": f"internal://{note_guid}.txt"}
    return ET.Element("Note", attributes | _made(user, {user: date}))


# XML and zip


def _root(tag: str, namespace: str, schema: str, attributes: Mapping[str, str]) -> ET.Element:
    where = f"{namespace} http://schema.qdasoftware.org/versions/{schema}/v1.0/{schema}.xsd"
    names = {"xmlns": namespace, "xmlns:xsi": _INSTANCE, "xsi:schemaLocation": where}
    return ET.Element(tag, {**names, **attributes})


def _filled(parent: ET.Element, tag: str, children: Iterable[ET.Element]) -> None:
    """Append an element with its children; without any it would not be valid."""
    if found := list(children):
        ET.SubElement(parent, tag).extend(found)


def _xml(root: ET.Element) -> bytes:
    ET.indent(root)
    head = '<?xml version="1.0" encoding="utf-8"?>'
    return f"{head}\n{ET.tostring(root, encoding='unicode')}\n".encode()


def _zip(files: Mapping[str, bytes]) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, _ZIP_TIME)
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(info, data)
    return content.getvalue()


def _made(user: str, days: Mapping[str, str]) -> Row:
    """Who made something, and when.

    Who quoted a row is not recorded: the article's first coder stands for it.
    """
    made = {"creatingUser": guid("coder", user)} if user else {}
    return made | ({"creationDateTime": _time(days[user])} if user in days else {})


def _time(date: str) -> str:
    """A day as the format wants it: its beginning, in UTC. No time of day is known."""
    return f"{date}T00:00:00Z"


def _grouped(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups
