"""REFI-QDA: valid by the published schema, nothing lost on the way back, and what a person did elsewhere comes home.

No tool itself runs here. `through_qualcoder` and `through_a_bare_tool` do to a file what reading and writing it there
does to it; the first follows what QualCoder's published import and export keep.
"""

from __future__ import annotations

import hashlib
import importlib.util
import random
import zipfile
from io import BytesIO
from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from pingan_lib import load_corpus
from pingan_lib.exchange.merging import merge
from pingan_lib.exchange.refi import RefiError, codebook_qdc, project_qdpx, read_qdpx
from pingan_lib.exchange.refi.cards import CARRIED, KINDS, read_card, write_card
from pingan_lib.exchange.refi.places import shortest_prefix
from pingan_lib.exchange.refi.write import write_project
from pingan_lib.table_files import read_raw, write_raw

PROJECT = "{urn:QDA-XML:project:1.0}"
SELECTION = f"{PROJECT}PlainTextSelection"


@pytest.fixture(scope="session")
def schema() -> etree.XMLSchema:
    """The published schema of projects; a package that is installed for the tests carries it."""
    package = importlib.util.find_spec("qualitative_coding")
    (folder,) = package.submodule_search_locations
    return etree.XMLSchema(etree.parse(Path(folder) / "refi_qda" / "schema.xsd"))


@pytest.fixture(scope="session")
def exported(corpus) -> bytes:
    """The shipped articles as a project file."""
    return project_qdpx(corpus)


@pytest.fixture
def opened(exported) -> Opened:
    """That file, unpacked to be edited."""
    return Opened(exported)


class Opened:
    """A project file that can be edited and packed again."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            self.members = {name: archive.read(name) for name in archive.namelist()}
        self.root = ET.fromstring(self.members["project.qde"])

    def saved(self) -> bytes:
        self.members["project.qde"] = ET.tostring(self.root, encoding="utf-8")
        content = BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.members.items():
                archive.writestr(name, data)
        return content.getvalue()

    def read(self):
        return read_qdpx(self.saved())

    def all(self, tag: str) -> list[ET.Element]:
        return list(self.root.iter(PROJECT + tag))

    def source(self, article: str) -> ET.Element:
        return next(each for each in self.all("TextSource") if each.get("name").startswith(f"{article} "))

    def text(self, source: ET.Element) -> str:
        return self.members[self.path(source)].decode("utf-8-sig")

    def path(self, source: ET.Element) -> str:
        return source.get("plainTextPath").replace("internal://", "sources/")

    def selection(self, row_id: str) -> ET.Element:
        """A row's own selection."""
        return next(
            each
            for each in self.all("PlainTextSelection")
            if each[0].text.split("\n")[0].endswith(f" {row_id}")
        )

    def parent(self, child: ET.Element) -> ET.Element:
        return next(parent for parent in self.root.iter() if child in list(parent))

    def remove(self, child: ET.Element) -> None:
        self.parent(child).remove(child)

    def code(self, name: str) -> str:
        """The guid of a code."""
        return next(code.get("guid") for code in self.all("Code") if code.get("name").split()[0] == name)

    def user(self, name: str) -> str:
        """The guid of a user, who is added if new."""
        users = self.root.find(f"{PROJECT}Users")
        for user in users:
            if user.get("name") == name:
                return user.get("guid")
        guid = str(UUID(bytes=hashlib.md5(name.encode()).digest()))
        ET.SubElement(users, f"{PROJECT}User", {"guid": guid, "name": name})
        return guid

    def coding(self, selection: ET.Element, code: str) -> ET.Element:
        return next(
            c for c in selection.iter(f"{PROJECT}Coding") if c[0].get("targetGUID") == self.code(code)
        )

    def add_code(
        self, selection: ET.Element, code: str, user: str = "coder_1", day: str = "2027-01-05"
    ) -> None:
        made = {"guid": str(UUID(int=random.getrandbits(128))), "creatingUser": self.user(user)}
        coding = ET.SubElement(
            selection, f"{PROJECT}Coding", {**made, "creationDateTime": f"{day}T10:00:00Z"}
        )
        ET.SubElement(coding, f"{PROJECT}CodeRef", {"targetGUID": self.code(code)})

    def select(
        self, article: str, start: int, end: int, comment: str = "", user: str = "coder_1"
    ) -> ET.Element:
        """A new selection, as a person makes it."""
        source = self.source(article)
        span = {"startPosition": str(start), "endPosition": str(end), "creatingUser": self.user(user)}
        made = {"guid": str(UUID(int=random.getrandbits(128))), "creationDateTime": "2027-01-05T10:00:00Z"}
        selection = ET.Element(SELECTION, {**made, **span})
        if comment:
            ET.SubElement(selection, f"{PROJECT}Description").text = comment
        source.insert(1, selection)
        return selection


def raw(corpus) -> dict[str, pd.DataFrame]:
    return {name: read_raw(corpus.root / "data", corpus.tables[name]) for name in CARRIED}


def assert_same(found: dict[str, pd.DataFrame], wanted: dict[str, pd.DataFrame]) -> None:
    assert found.keys() == wanted.keys()
    for name, frame in wanted.items():
        pd.testing.assert_frame_equal(found[name], frame)


def rows(incoming, table: str) -> dict[str, dict[str, str]]:
    return incoming.incoming[table].set_index(f"{KINDS[table]}_id").to_dict("index")


def codings(incoming) -> set[tuple[str, str, str]]:
    return set(incoming.incoming["codings"].iloc[:, :3].itertuples(index=False, name=None))


# What is written


def test_the_project_is_valid_by_the_published_schema(exported, schema):
    with zipfile.ZipFile(BytesIO(exported)) as archive:
        schema.assertValid(etree.fromstring(archive.read("project.qde")))


def test_the_codebook_is_valid_as_part_of_a_project_and_has_the_root_of_a_codebook(corpus, schema):
    # The package has no schema of codebooks. Theirs differs by the namespace and the root's attribute `origin`.
    root = etree.fromstring(codebook_qdc(corpus))
    assert root.tag == "{urn:QDA-XML:codebook:1.0}CodeBook"
    assert set(root.attrib) - {"origin"} == {"{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"}
    assert {etree.QName(each).localname for each in root.iter()} == {
        "CodeBook",
        "Codes",
        "Code",
        "Description",
    }
    inner = etree.tostring(root[0]).replace(b"QDA-XML:codebook:1.0", b"QDA-XML:project:1.0")
    project = b'<Project xmlns="urn:QDA-XML:project:1.0" name="x"><CodeBook>%s</CodeBook></Project>'
    schema.assertValid(etree.fromstring(project % inner))


def test_every_dimension_measure_and_kind_is_a_code_of_its_own_name(corpus):
    codes = [
        c for c in etree.fromstring(codebook_qdc(corpus)).iter("{*}Code") if c.get("isCodable") == "true"
    ]
    wanted = {
        *corpus.codebook.index,
        *corpus.measures.index,
        *corpus.tables["statements"].column("kind").codes,
    }
    assert sorted(code.get("name").split()[0] for code in codes) == sorted([*wanted, *KINDS.values()])
    assert len({code.get("name") for code in codes}) == len(codes)
    assert max(len(code.get("name")) for code in codes) <= 63  # MAXQDA's limit


def test_a_selection_spans_its_quote_and_says_what_the_row_says(corpus, opened):
    found = {}
    for source in opened.all("TextSource"):
        text = opened.text(source)
        for each in source.iter(SELECTION):
            card = read_card(each[0].text)
            found[card.id] = text[int(each.get("startPosition")) : int(each.get("endPosition"))]
    quotes = {table: dict(getattr(corpus, table)["quote"]) for table in KINDS}
    assert found == quotes["approaches"] | quotes["figures"] | quotes["statements"]
    settled = read_card(opened.selection("kl_settlement_rate")[0].text)
    assert (settled.kind, settled.cells["printed"], settled.cells["unit"]) == ("figure", "95.97", "percent")


def test_texts_have_no_byte_order_mark_and_line_feeds_alone(opened):
    for name, content in opened.members.items():
        assert not content.startswith(b"\xef\xbb\xbf"), name
        assert b"\r" not in content, name


def test_the_same_tables_give_the_same_bytes(corpus, exported):
    assert project_qdpx(corpus) == exported
    assert codebook_qdc(corpus) == codebook_qdc(corpus)


def test_cities_are_cases_with_their_articles(corpus, opened):
    cases = {
        case.get("name"): [ref.get("targetGUID") for ref in case.iter(f"{PROJECT}SourceRef")]
        for case in opened.all("Case")
    }
    guids = {source.get("guid"): source.get("name").split()[0] for source in opened.all("TextSource")}
    assert {name.split()[1]: [guids[guid] for guid in refs] for name, refs in cases.items()} == {
        corpus.places.at[city, "name_en"]: list(corpus.articles.index[corpus.articles["place_id"] == city])
        for city in corpus.cities.index
    }


# Back again


def test_nothing_is_lost_on_the_way_there_and_back(corpus, exported):
    incoming = read_qdpx(exported)
    assert incoming.notes == ()
    assert_same(incoming.base, raw(corpus))
    assert_same(incoming.incoming, raw(corpus))


def test_the_order_of_selections_does_not_matter(corpus, opened):
    for source in opened.all("TextSource"):
        description, *selections = [
            each for each in source if each.tag in (f"{PROJECT}Description", SELECTION)
        ]
        rest = list(source)[1 + len(selections) :]
        random.Random(1).shuffle(selections)
        source[:] = [description, *selections, *rest]
    assert_same(opened.read().incoming, raw(corpus))


def test_several_coders_with_their_notes_come_back(corpus):
    tables = raw(corpus)
    second = tables["codings"].iloc[::2].assign(coder_id="coder_2", note="Read twice.")
    tables["codings"] = pd.concat([tables["codings"].assign(note="第一次"), second], ignore_index=True)
    more = tables["coders"].assign(coder_id="coder_2", date="2027-02-03", note="Blind to the first.")
    tables["coders"] = pd.concat([tables["coders"], more], ignore_index=True)
    data = write_project(corpus, tables)
    users = {user.get("guid"): user.get("name") for user in Opened(data).all("User")}
    whose = [
        (users[each.get("creatingUser")], users[coding.get("creatingUser")])
        for each in Opened(data).all("PlainTextSelection")
        for coding in each.iter(f"{PROJECT}Coding")
    ]
    assert all(selection == coding for selection, coding in whose)  # QualCoder knows the first of them alone
    assert_same(read_qdpx(data).incoming, tables)
    assert_same(read_qdpx(through_qualcoder(data)).incoming, tables)
    unsigned = tables | {"coders": tables["coders"].iloc[:2]}  # of coder_2, codings alone
    assert_same(read_qdpx(write_project(corpus, unsigned)).incoming, unsigned)
    bare = Opened(data)
    for selection in bare.all("PlainTextSelection"):
        selection.remove(selection[0])  # the comment: the guids alone tell the rows
    assert_same(bare.read().incoming, tables)


odd = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from("\n\r\t\\ \u00a0\u2028\ufeff\x00\x07\ufffe&<>\"';:")
)


@settings(max_examples=50)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,6}(_[a-z]{1,4})?", fullmatch=True), odd, max_size=5))
def test_any_characters_come_back_from_a_comment(cells):
    text = write_card("figure", "kl_x", cells)
    kept = {column: cell for column, cell in cells.items() if cell}
    for written in (text, text.replace("\n", "\r\n"), text.replace("\n", "\r")):
        assert read_card(written)[:4] == ("figure", "kl_x", kept, ())
    ET.fromstring(
        f"<a>{text.replace('&', '&amp;').replace('<', '&lt;')}</a>"
    )  # no character that XML forbids


@settings(max_examples=4, deadline=None)
@given(st.lists(odd, min_size=6, max_size=6))
def test_any_characters_come_back_from_a_project(corpus, schema, notes):
    tables = raw(corpus)
    for name in ("figures", "statements", "codings", "coders"):
        tables[name]["note"] = [notes[row % len(notes)] for row in range(len(tables[name]))]
    tables["approaches"]["name_zh"] = [notes[row % 6] for row in range(len(tables["approaches"]))]
    data = write_project(corpus, tables)
    schema.assertValid(etree.fromstring(Opened(data).members["project.qde"]))
    incoming = read_qdpx(data)
    assert_same(incoming.base, tables)
    assert_same(incoming.incoming, tables)


# Through other tools


def through_qualcoder(data: bytes) -> bytes:
    """Read and write a file as QualCoder does: by QualCoder's published `refi.py`, read on what it keeps.

    Every coding becomes a selection of its own, with the memo and the user of its selection; one of the same code,
    place and user is kept. Guids are new, texts get a byte order mark, and only the project's notes live on.
    """
    old, new = Opened(data), Opened(data)
    guids = random.Random(7)

    def fresh() -> str:
        return str(UUID(int=guids.getrandbits(128)))

    swapped: dict[str, str] = {}
    for each in new.root.iter():
        for name in ("guid", "targetGUID", "creatingUser"):
            if each.get(name):
                each.set(name, swapped.setdefault(each.get(name), fresh()))
    kept_notes = {}
    for source in new.all("TextSource"):
        text = new.members.pop(new.path(source)).decode("utf-8").replace("\r\n", "\n")
        path = f"{fresh()}.txt"
        source.set("plainTextPath", f"internal://{path}")
        kept_notes[f"sources/{path}"] = text.encode("utf-8-sig")
        done = set()
        for selection in source.findall(SELECTION):
            source.remove(selection)
            place = (selection.get("startPosition"), selection.get("endPosition"))
            for coding in selection.findall(f"{PROJECT}Coding"):
                key = (*place, selection.get("creatingUser"), coding[0].get("targetGUID"))
                if key in done:
                    continue
                done.add(key)
                one = ET.Element(
                    SELECTION,
                    {**selection.attrib, "guid": fresh(), "name": text[int(place[0]) : int(place[1])]},
                )
                one.extend(selection.findall(f"{PROJECT}Description"))
                row = ET.SubElement(one, f"{PROJECT}Coding", {"guid": fresh(), "creatingUser": key[2]})
                ET.SubElement(row, f"{PROJECT}CodeRef", {"targetGUID": key[3]})
                source.insert(1, one)
    for note in new.all("Note"):
        content = new.members.pop(new.path(note))
        path = f"{fresh()}.txt"
        note.set("plainTextPath", f"internal://{path}")
        kept_notes[f"sources/{path}"] = b"\xef\xbb\xbf" + content
    for reference in new.root.findall(f"{PROJECT}NoteRef"):
        new.root.remove(reference)
    new.members |= kept_notes
    new.root.set("origin", "QualCoder 3.8")
    assert len(new.all("PlainTextSelection")) >= len(old.all("PlainTextSelection"))
    return new.saved()


def through_a_bare_tool(data: bytes, end: str = "\r\n", counted: int = 1) -> bytes:
    """Read and write a file as a tool that keeps no comments, gives new guids, and writes other line ends.

    `counted` is how many positions it gives to a line end.
    """
    new = Opened(data)
    guids, swapped = random.Random(3), {}
    for each in new.root.iter():
        for name in ("guid", "targetGUID", "creatingUser"):
            if each.get(name):
                given_guid = swapped.setdefault(each.get(name), str(UUID(int=guids.getrandbits(128))).upper())
                each.set(name, f"{{{given_guid}}}")
    for source in new.all("TextSource"):
        text = new.text(source)
        new.members[new.path(source)] = text.replace("\n", end).encode("utf-8-sig")
        source.set("name", "Document 1")
        for parent in (source, *source.findall(SELECTION)):
            for description in parent.findall(f"{PROJECT}Description"):
                parent.remove(description)
        for selection in source.findall(SELECTION):
            selection.attrib.pop("name", None)
            for side in ("startPosition", "endPosition"):
                place = int(selection.get(side))
                selection.set(side, str(place + text[:place].count("\n") * (counted - 1)))
    for code in new.all("Code"):
        if (description := code.find(f"{PROJECT}Description")) is not None:
            code.remove(description)
    return new.saved()


@pytest.mark.parametrize("tool", [through_qualcoder, through_a_bare_tool])
def test_a_tool_in_which_nothing_was_done_brings_nothing(corpus, exported, tool):
    incoming = read_qdpx(tool(exported))
    assert incoming.notes == ()
    assert_same(incoming.base, raw(corpus))
    assert_same(incoming.incoming, raw(corpus))


@pytest.mark.parametrize(("end", "counted"), [("\n", 1), ("\r\n", 1), ("\r\n", 2), ("\r", 1)])
def test_line_ends_may_be_written_and_counted_in_any_way(corpus, exported, end, counted):
    incoming = read_qdpx(through_a_bare_tool(exported, end, counted))
    assert_same(incoming.incoming, raw(corpus))


def test_a_byte_order_mark_may_be_counted(corpus, opened):
    for selection in opened.all("PlainTextSelection"):
        for side in ("startPosition", "endPosition"):
            selection.set(side, str(int(selection.get(side)) + 1))
    assert_same(opened.read().incoming, raw(corpus))


def change_text(project: Path, change) -> None:
    """Change the first article, and its hash in the table."""
    path = project / "data" / "articles.csv"
    articles = pd.read_csv(path, dtype=str, keep_default_na=False)
    content = change((project / articles.at[0, "path"]).read_bytes())
    (project / articles.at[0, "path"]).write_bytes(content)
    articles.at[0, "sha256"] = hashlib.sha256(content).hexdigest()
    articles.to_csv(path, index=False)


def test_characters_beyond_the_basic_plane_may_count_twice_and_our_own_text_may_have_other_line_ends(project):
    # 𠮷 is one code point and two units of UTF-16.
    change_text(project, lambda content: "\ufeff𠮷里来稿\r\n".encode() + content)
    corpus = load_corpus(project)
    opened = Opened(project_qdpx(corpus))
    assert_same(opened.read().incoming, raw(corpus))
    text = opened.text(opened.source("kaili_2024"))
    assert text.startswith("𠮷里来稿\n")
    for selection in opened.source("kaili_2024").iter(SELECTION):
        for side in ("startPosition", "endPosition"):
            selection.set(side, str(len(text[: int(selection.get(side))].encode("utf-16-le")) // 2))
    assert_same(opened.read().incoming, raw(corpus))


# What a person did


def test_a_code_taken_off_takes_the_coding(opened):
    before = codings(opened.read())
    selection = opened.selection("kl_video")
    selection.remove(opened.coding(selection, "technology"))
    incoming = opened.read()
    assert before - codings(incoming) == {("coder_1", "kl_video", "technology")}
    assert codings(incoming) < before
    assert "kl_video" in rows(incoming, "approaches")


@pytest.mark.parametrize("tool", [lambda data: data, through_qualcoder, through_a_bare_tool])
def test_a_code_put_on_by_a_new_person_makes_a_coding_and_a_coder(corpus, opened, tool):
    selection = opened.selection("kl_video")
    place = [int(selection.get(side)) for side in ("startPosition", "endPosition")]
    opened.add_code(opened.select("kaili_2024", *place, user="Anna Berg"), "patrol", user="Anna Berg")
    incoming = read_qdpx(tool(opened.saved()))
    assert codings(incoming) - codings(read_qdpx(project_qdpx(corpus))) == {
        ("anna_berg", "kl_video", "patrol")
    }
    coder = incoming.incoming["coders"].iloc[-1].to_dict()
    assert coder == {"coder_id": "anna_berg", "article_id": "kaili_2024", "date": "2027-01-05", "note": ""}
    assert any("anna_berg is new as a coder of kaili_2024" in note for note in incoming.notes)


def test_a_user_without_latin_letters_gets_an_id_that_the_tables_can_hold(opened):
    opened.add_code(opened.selection("kl_video"), "patrol", user="王芳")
    (coder,) = {coder for coder, _, _ in codings(opened.read())} - {"coder_1"}
    assert coder.startswith("coder_") and coder.isascii()


def test_a_memo_on_a_new_coding_is_its_note(opened):
    selection = opened.selection("kl_video")
    place = [int(selection.get(side)) for side in ("startPosition", "endPosition")]
    opened.add_code(opened.select("kaili_2024", *place, comment="Only what one resident says."), "patrol")
    notes = opened.read().incoming["codings"].set_index(["approach_id", "dimension_id"])["note"]
    assert notes["kl_video", "patrol"] == "Only what one resident says."


def test_a_selection_that_was_resized_is_another_quote(corpus, opened):
    selection = opened.selection("kl_video")
    selection.set("startPosition", str(int(selection.get("startPosition")) + 2))
    incoming = opened.read()
    row = rows(incoming, "approaches")["kl_video"]
    assert corpus.approaches.at["kl_video", "quote"] == "现在凯里的视频监控(天网)很多"
    assert (row["quote"], row["prefix"]) == ("凯里的视频监控(天网)很多", "")
    assert row["name_zh"] == corpus.approaches.at["kl_video", "name_zh"]


def test_a_quote_that_stands_twice_gets_the_prefix_that_tells_it(corpus, opened):
    text = corpus.texts["kaili_2024"]
    second = text.index("平安", text.index("平安") + 1)
    selection = opened.selection("kl_video")
    selection.set("startPosition", str(second))
    selection.set("endPosition", str(second + 2))
    row = rows(opened.read(), "approaches")["kl_video"]
    assert row["quote"] == "平安"
    assert text.count(row["prefix"] + row["quote"]) == 1
    assert text.index(row["prefix"] + row["quote"]) + len(row["prefix"]) == second
    assert text.count((row["prefix"] + row["quote"])[1:]) > 1  # and no longer than need be


def test_the_prefix_is_empty_where_none_is_needed():
    assert [shortest_prefix("abcabd", *span) for span in ((2, 3), (3, 5), (3, 6), (0, 2))] == [
        "",
        "c",
        "",
        "",
    ]


def test_an_edited_comment_is_an_edited_row(corpus, opened):
    comment = opened.selection("kl_settlement_rate")[0]
    head, _, _ = comment.text.partition("\nnote: ")
    comment.text = head.replace("value: 95.97", "value: 95.96") + "\nnote: Read again.\nend"
    row = rows(opened.read(), "figures")["kl_settlement_rate"]
    assert (row["value"], row["note"]) == ("95.96", "Read again.")
    same = corpus.figures.loc["kl_settlement_rate", ["printed", "quote", "unit", "label_zh"]]
    assert {column: row[column] for column in same.index} == same.to_dict()


def test_a_line_taken_out_of_a_comment_empties_the_cell_and_a_comment_cut_short_does_not(opened):
    for row_id, cut in (("kl_video", False), ("kl_night_patrol", True)):
        comment = opened.selection(row_id)[0]
        head, _, rest = comment.text.partition("\nsummary_en:")
        comment.text = head if cut else f"{head}\nend"
        assert rest
    incoming = opened.read()
    assert rows(incoming, "approaches")["kl_video"]["summary_en"] == ""
    assert rows(incoming, "approaches")["kl_night_patrol"]["summary_en"].startswith("A resident speaks")
    assert any("approach kl_night_patrol end early" in note for note in incoming.notes)


def test_a_remark_in_a_comment_is_told_and_not_lost(opened):
    opened.selection("kl_video")[0].text += "\nIs this a measure at all?"
    opened.selection("kl_night_patrol")[0].text += "\ndoubt: by whom?"
    notes = " ".join(opened.read().notes)
    assert "Is this a measure at all?" in notes
    assert "'doubt'" in notes


@pytest.mark.parametrize("tool", [lambda data: data, through_qualcoder, through_a_bare_tool])
def test_a_selection_deleted_is_a_row_removed_with_its_codings(corpus, opened, tool):
    opened.remove(opened.selection("kl_video"))
    incoming = read_qdpx(tool(opened.saved()))
    table = corpus.tables["approaches"]
    merged = merge(
        table, incoming.base["approaches"], raw(corpus)["approaches"], incoming.incoming["approaches"]
    )
    assert [(change.kind, change.key) for change in merged.changes] == [("removed", ("kl_video",))]
    assert not [key for key in codings(incoming) if key[1] == "kl_video"]


def test_a_new_selection_is_told_and_makes_no_row(corpus, opened):
    start = corpus.texts["kaili_2024"].index("平安")
    opened.add_code(opened.select("kaili_2024", start, start + 2), "mediation")
    opened.select("kaili_2024", start + 1, start + 3, comment="What of this?")
    incoming = opened.read()
    assert_same(incoming.incoming, raw(corpus))
    remark, codes = incoming.notes
    assert f"'平安' in kaili_2024, character {start}: dimension mediation, by coder_1" in codes
    assert "What of this?" in remark


def test_a_new_selection_with_a_whole_row_in_its_comment_is_a_row(corpus, opened):
    start = corpus.texts["kaili_2024"].index("平安")
    cells = {
        "place_id": "kaili",
        "name_zh": "平安",
        "name_en": "Peace",
        "stage": "activity",
        "summary_zh": "平",
        "summary_en": "P",
    }
    selection = opened.select("kaili_2024", start, start + 2, comment=write_card("approach", "kl_new", cells))
    opened.add_code(selection, "approach")
    opened.add_code(selection, "mediation")
    incoming = opened.read()
    row = rows(incoming, "approaches")["kl_new"]
    assert {column: cell for column, cell in row.items() if cell and column != "prefix"} == {
        **cells,
        "article_id": "kaili_2024",
        "quote": "平安",
    }
    assert ("coder_1", "kl_new", "mediation") in codings(incoming)


@pytest.mark.parametrize("tool", [lambda data: data, through_qualcoder, through_a_bare_tool])
def test_other_codes_are_another_measure_and_another_kind(corpus, opened, tool):
    figure, statement = opened.selection("kl_settlement_rate"), opened.selection("kl_stable")
    opened.coding(figure, "settlement_rate")[0].set("targetGUID", opened.code("safety_rate"))
    opened.coding(statement, "outcome")[0].set("targetGUID", opened.code("award"))
    unmeasured = opened.selection("kl_disputes")
    unmeasured.remove(opened.coding(unmeasured, corpus.figures.at["kl_disputes", "measure_id"]))
    incoming = read_qdpx(tool(opened.saved()))
    assert rows(incoming, "figures")["kl_settlement_rate"]["measure_id"] == "safety_rate"
    assert rows(incoming, "figures")["kl_disputes"]["measure_id"] == ""
    assert rows(incoming, "statements")["kl_stable"]["kind"] == "award"


def test_a_code_of_ones_own_is_told(opened):
    codes = opened.root.find(f"{PROJECT}CodeBook/{PROJECT}Codes")
    ET.SubElement(
        codes, f"{PROJECT}Code", {"guid": str(UUID(int=5)), "name": "trust in vivo", "isCodable": "true"}
    )
    opened.add_code(opened.selection("kl_video"), "trust")
    (note,) = opened.read().notes
    assert "the new code 'trust in vivo', by coder_1" in note


def test_the_coders_own_note_can_be_edited(opened):
    (path,) = [
        name
        for name, content in opened.members.items()
        if b"coder coder_1\narticle_id: kaili_2024" in content
    ]
    opened.members[path] = opened.members[path].replace(b"Coded once", b"Coded twice")
    notes = opened.read().incoming["coders"].set_index("article_id")["note"]
    assert notes["kaili_2024"].startswith("Coded twice")
    assert notes["anshun_2018"].startswith("Coded once")


def test_rows_that_share_a_place_are_not_lost_where_a_tool_keeps_one_of_them(corpus, project):
    table = corpus.tables["approaches"]
    approaches = read_raw(project / "data", table)
    twin = approaches[approaches["approach_id"] == "kl_video"].assign(
        approach_id="kl_video_again", name_en="Again"
    )
    write_raw(project / "data", table, pd.concat([approaches, twin], ignore_index=True))
    coded = read_raw(project / "data", corpus.tables["codings"])
    again = coded[coded["approach_id"] == "kl_video"].assign(approach_id="kl_video_again")
    write_raw(project / "data", corpus.tables["codings"], pd.concat([coded, again], ignore_index=True))
    corpus = load_corpus(project)
    data = project_qdpx(corpus)
    assert read_qdpx(data).notes == ()
    for tool in (through_qualcoder, through_a_bare_tool):
        incoming = read_qdpx(tool(data))
        assert_same(incoming.incoming, raw(corpus))
        assert any("stay as they were" in note for note in incoming.notes)


def test_an_article_left_out_of_the_file_keeps_its_rows(corpus, opened):
    opened.remove(opened.source("anshun_2018"))
    incoming = opened.read()
    assert_same(incoming.incoming, raw(corpus))
    assert sum("no text of anshun_2018" in note for note in incoming.notes) == 3


def test_a_source_of_another_name_with_its_text_inside_is_known_by_its_text(corpus, opened):
    for number, source in enumerate(opened.all("TextSource")):
        text = opened.members.pop(opened.path(source)).decode("utf-8")
        source.attrib.pop("plainTextPath")
        source.set("name", f"interview {number}")
        source.set("guid", str(UUID(int=number)))
        source.find(f"{PROJECT}Description").text = "renamed"
        content = ET.Element(f"{PROJECT}PlainTextContent")
        content.text = text
        source.insert(1, content)
    assert_same(opened.read().incoming, raw(corpus))


def test_an_edited_text_is_refused_where_quotes_are_not_verbatim_any_more(opened):
    path = opened.path(opened.source("kaili_2024"))
    opened.members[path] = opened.members[path].replace("视频监控".encode(), "录像监控".encode())
    with pytest.raises(RefiError, match=r"was edited: 1 of its \d+ quotes .*视频监控.*录像监控"):
        opened.read()


def test_an_edited_text_is_told_where_the_quotes_still_stand(corpus, opened):
    opened.members[opened.path(opened.source("kaili_2024"))] += "(完)".encode()
    incoming = opened.read()
    assert_same(incoming.incoming, raw(corpus))
    (note,) = incoming.notes
    assert "not quite the one that was exported" in note


def test_without_the_rows_as_exported_the_file_tells_what_it_can(corpus, opened):
    (note,) = [each for each in opened.all("Note") if "exported" in each.get("name")]
    opened.remove(note)
    incoming = opened.read()
    assert incoming.base == {}
    assert "no row is taken for removed" in incoming.notes[0]
    for name, frame in raw(corpus).items():
        key = list(corpus.tables[name].key)
        found = incoming.incoming[name].sort_values(key, ignore_index=True)
        wanted = frame.sort_values(key, ignore_index=True)
        pd.testing.assert_frame_equal(found, wanted[list(found.columns)])
        assert (wanted.drop(columns=found.columns) == "").all(axis=None)  # what no comment names is empty


def test_a_damaged_note_of_rows_counts_as_none(opened):
    (path,) = [
        name for name, content in opened.members.items() if content.startswith(b"The rows as exported")
    ]
    good = opened.members[path]
    for bad in (good[:-200], good.replace(b"\neN", b"\neX", 1), good[:90] + b"\nno base64"):
        opened.members[path] = bad
        assert opened.read().base == {}


# What is refused


def zipped(**members: bytes) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Project xmlns="urn:QDA-XML:project:1.0" name="&b;"/>"""


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no zip"),
        (b"<Project/>", "no zip"),
        (zipped(**{"readme.txt": b"x"}), "without a project.qde"),
        (zipped(**{"project.qde": b"<Project"}), "broken XML"),
        (zipped(**{"project.qde": "<Project name='é'/>".encode("latin-1")}), "not UTF-8"),
        (zipped(**{"project.qde": b"<CodeBook/>"}), "holds a CodeBook"),
        (zipped(**{"project.qde": BOMB}), "document type definition"),
        (zipped(**{"project.qde": b"<Project/>", "../evil.txt": b"x"}), "leads out of it"),
        (zipped(**{"project.qde": b"<Project/>", "/etc/evil": b"x"}), "leads out of it"),
        (zipped(**{"project.qde": b"<Project/>", "..\\evil": b"x"}), "leads out of it"),
    ],
)
def test_a_file_that_is_no_project_is_refused_with_a_reason(data, message):
    with pytest.raises(RefiError, match=message) as error:
        read_qdpx(data)
    assert error.value.exit_code == 1


def test_a_project_of_others_is_refused(exported):
    others = Opened(exported)
    others.root.remove(others.root.find(f"{PROJECT}Notes"))
    for source in others.all("TextSource"):
        source.remove(source[0])
    with pytest.raises(RefiError, match="None of the sources"):
        others.read()


def test_a_damaged_member_is_refused(exported):
    broken = bytearray(exported)
    broken[2000:2100] = bytes(100)
    with pytest.raises(RefiError, match="cannot be unpacked"):
        read_qdpx(bytes(broken))


def test_a_file_that_unpacks_to_too_much_is_refused(monkeypatch, opened):
    monkeypatch.setattr("pingan_lib.exchange.refi.file.LIMIT", 100_000)
    with pytest.raises(RefiError, match="larger than"):
        opened.read()


def test_deep_nesting_does_not_break_the_reading():
    deep = b"<Code guid='%032d' name='x' isCodable='true'>" % 1 * 20_000 + b"</Code>" * 20_000
    xml = b"<Project><CodeBook><Codes>" + deep + b"</Codes></CodeBook></Project>"
    with pytest.raises(RefiError, match="None of the sources"):
        read_qdpx(zipped(**{"project.qde": xml}))


@pytest.mark.parametrize(("start", "end"), [("-1", "5"), ("5", "3"), ("0", "99999"), ("a", "5"), ("", "")])
def test_positions_outside_of_the_text_are_refused(opened, start, end):
    selection = opened.selection("kl_video")
    selection.set("startPosition", start)
    selection.set("endPosition", end)
    with pytest.raises(RefiError, match="kaili_2024"):
        opened.read()


def test_a_source_without_its_text_is_refused(opened):
    opened.members.pop(opened.path(opened.source("kaili_2024")))
    with pytest.raises(RefiError, match="no plain text for the source 'kaili_2024"):
        opened.read()
