"""The index page of a folder of reports: what was compared, what was found, and every run that is kept there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from pingan_lib import glossary
from pingan_lib.corpus import Corpus
from pingan_lib.index.kept import FAILED, RUNS, Kept, Now, page_name, state
from pingan_lib.manifest import MANIFEST, Execution, Manifest, library_used
from pingan_lib.markup import mark_chinese
from pingan_lib.report import render_page
from pingan_lib.words import LANGUAGES, Words

TABLE = "runs.csv"
# More rows than these make a page that is too large to be mailed, and to be read.
LISTED = 200
JUDGED = {
    "grade": ("comparable", "with_caution", "not_comparable"),
    "verdict": ("consistent", "inconsistent", "not_testable"),
}
# Longer values, messages in the table and messages above it are cut; the manifest has them whole.
_VALUE, _MESSAGE, _ERROR = 60, 300, 2000
# More cities than these are counted rather than named.
_NAMED = 4
_SENTENCE = re.compile(r"(?<=[.!?])(?=\s)|(?<=[。！？])")
# How many characters of a finding are shown, beyond its first sentence: as much in the one language as in the other.
_GLANCE = {"en": 480, "zh": 200}
_OWN_NAMES = {"en": "English", "zh": "中文"}


def index_html(kept: Sequence[Kept], report: Sequence[str], now: Now, language: str) -> str:
    """Make the index page of a folder of reports.

    Parameters
    ----------
    kept : sequence of Kept
        As `read_runs` gives them.
    report : sequence of str
        Names of the runs that come first, in their order.
    now : Now
    language : {"en", "zh"}

    Returns
    -------
    str
        UTF-8 text, the same for the same arguments.
    """
    words = Words(language)
    entries = [_entry(name, kept, words) for name in report]
    entries.sort(key=lambda entry: not entry["said"])  # what finds nothing, the tour, stands last
    varied = _varied(kept)
    rows = [_row(each, varied, now, words) for each in kept[:LISTED]]
    reported = [each.manifest for each in kept if each.manifest and each.name in report]
    articles = _articles(reported, words)
    return render_page(
        "folder.html.j2",
        words,
        title=words["index.title"],
        alternates=_alternates("index", language),
        home=None,
        glossary=page_name("glossary", language),
        entries=entries,
        failed=sum(entry["error"] != "" for entry in entries),
        articles=articles,
        judged_entries=[entry for entry in entries if entry["tallies"]],
        codes=[(kind, code) for kind, codes in JUDGED.items() for code in codes],
        rows=rows,
        runs=len(kept),
        file=Markup('<a href="{0}"><code>{0}</code></a>').format(TABLE),
        choices=_choices(rows, words),
        contents=_contents(entries, articles, rows, words),
        facts=[
            (words["report.from_data"], hashed("", now.data)),
            (words["report.from_library"], hashed(f"pingan_lib {library_used()['version']}", now.library)),
        ],
    )


def glossary_html(corpus: Corpus, language: str) -> str:
    """Make the glossary page of a folder of reports, the terms of a corpus among the others."""
    words = Words(language)
    return render_page(
        "glossary.html.j2",
        words,
        title=words["glossary.title"],
        alternates=_alternates("glossary", language),
        home=page_name("index", language),
        groups=glossary.entries(corpus, words),
    )


def _contents(
    entries: Sequence[Mapping[str, Any]], articles: Sequence[Any], rows: Sequence[Any], words: Words
) -> list[tuple[str, str]]:
    """Anchor and text of each part of the index."""
    parts = {
        "compared": (articles, "index.compared"),
        "findings": (entries, "index.reports"),
        "judged": ([each for each in entries if each["tallies"]], "index.judged"),
        "runs": (rows, "index.runs"),
        "page-made": (["always"], "report.made"),
    }
    return [(anchor, words[key]) for anchor, (found, key) in parts.items() if found]


def _alternates(stem: str, language: str) -> dict[str, str]:
    return {each: page_name(stem, each) for each in LANGUAGES if each != language}


def _entry(name: str, kept: Sequence[Kept], words: Words) -> dict[str, Any]:
    """A report of the list: the good run of that name, with the error of a failed one beside it."""
    found = {each.folder: each.manifest for each in kept if each.name == name and each.manifest}
    good, failed = found.get(name), found.get(name + FAILED)
    shown = good or failed
    if good and words.language not in good.executions:
        name, good = next(_same(good, kept, words.language), (name, good))
        shown = good
    if shown is None:
        problem = next((each.problem for each in kept if each.name == name), words["index.missing"])
        return {
            "run": name,
            "title": name,
            "question": "",
            "error": problem,
            "page": None,
            "tallies": {},
            "said": "",
        }
    folder = name if good else name + FAILED
    language, execution = _told(shown, words)
    return {
        "run": name,
        "title": _text(execution["title"] or name, language, words),
        "question": _text(execution["question"], language, words),
        "said": _text(_short(execution["findings"], language), language, words),
        "tallies": execution["tallies"],
        "page": _address(folder, execution["page"]),
        "notebook": _address(folder, execution["notebook"]),
        "error": _cut(failed.message, _ERROR) if failed else "",
        "kept": bool(good and failed),
    }


def _same(manifest: Manifest, kept: Iterable[Kept], language: str) -> Iterator[tuple[str, Manifest]]:
    """Runs of the same inputs that have a page in a language."""

    def inputs(of: Manifest) -> tuple[Any, ...]:
        return (
            of.notebook["sha256"], of.parameters, of.data["sha256"], of.library["sha256"], of.source_date_epoch
        )  # fmt: skip

    for each in kept:
        other = each.manifest
        if (
            other
            and other.status == "done"
            and language in other.executions
            and inputs(other) == inputs(manifest)
        ):
            yield each.folder, other


def _told(manifest: Manifest, words: Words) -> tuple[str, Execution]:
    """The execution in the language of the index, or else the first."""
    language = words.language if words.language in manifest.executions else next(iter(manifest.executions))
    return language, manifest.executions[language]


def _short(findings: Sequence[str], language: str) -> str:
    """The first finding, or as many of its sentences as can be taken in at a glance."""
    sentences = _SENTENCE.split(findings[0]) if findings else [""]
    told = sentences[0]
    for sentence in sentences[1:]:
        if len(told) + len(sentence) > _GLANCE[language]:
            return f"{told.strip()} …"
        told += sentence
    return told.strip()


def _text(text: str, language: str, words: Words) -> Markup:
    """Text of a page in its language, marked where that is not the language of the index."""
    if words.language == language:
        return mark_chinese(text) if language == "en" else escape(text)
    return Markup('<span lang="{}">{}</span>').format(language, text) if text else Markup("")


def _address(folder: str, file: str | None) -> str | None:
    return f"{RUNS}/{quote(folder)}/{quote(file, safe='')}" if file else None


def _articles(manifests: Sequence[Manifest], words: Words) -> list[dict[str, Any]]:
    """The articles that the runs compare: those of a pair, where one of the runs is of a pair."""
    pairs = [each for each in manifests if "city_a" in each.parameters] or list(manifests)
    found: dict[str, dict[str, Any]] = {}
    for manifest in pairs:
        names = {city["id"]: city["zh" if words.language == "zh" else "en"] for city in manifest.cities}
        for article in manifest.data["articles"]:
            found.setdefault(article["id"], {"place": names.get(article["city"], ""), **article})
    return list(found.values())


def _varied(kept: Iterable[Kept]) -> dict[str, set[str]]:
    """For each notebook, the parameters that tell its runs apart."""
    values: dict[str, dict[str, set[str]]] = {}
    for each in kept:
        if each.manifest:
            seen = values.setdefault(each.manifest.notebook["name"], {})
            for name, value in each.manifest.parameters.items():
                seen.setdefault(name, set()).add(_written(value))
    return {
        notebook: {name for name, found in seen.items() if len(found) > 1}
        for notebook, seen in values.items()
    }


def _row(each: Kept, varied: Mapping[str, set[str]], now: Now, words: Words) -> dict[str, Any]:
    manifest = each.manifest
    if manifest is None:
        return {
            "notebook": each.folder,
            "run": each.folder,
            "status": "damaged",
            "problem": _cut(each.problem, _MESSAGE),
            "inputs": "",
            "ended": "",
        }
    told = varied.get(manifest.notebook["name"], set()) | set(manifest.given)
    runs = manifest.executions.items()
    return {
        "run": each.name,
        "notebook": Path(manifest.notebook["name"]).stem,
        "parameters": [
            _cut(f"{name} = {_written(value)}", _VALUE)
            for name, value in manifest.parameters.items()
            if name in told and not name.startswith("city_")
        ],
        "cities": _cities(manifest, words),
        "ended": manifest.ended,
        "status": manifest.status,
        "problem": _cut(manifest.message, _MESSAGE),
        "inputs": state(manifest, now),
        "tallies": _tallied(_told(manifest, words)[1]["tallies"], words),
        "pages": [
            (language, _OWN_NAMES.get(language, language), _address(each.folder, run["page"]))
            for language, run in runs
            if run["page"]
        ],
        "files": [
            *(
                (words[f"index.notebook_{run['status']}"], _address(each.folder, run["notebook"]))
                for _, run in runs
                if run["notebook"] and not run["page"]
            ),
            *((_pdf_name(pdf, each.pdfs), _address(each.folder, pdf)) for pdf in each.pdfs),
            (words["index.manifest"], _address(each.folder, MANIFEST)),
        ],
    }


def _pdf_name(pdf: str, pdfs: Sequence[str]) -> str:
    """How a printed page is called in a row: with the code of its language where there are several."""
    code = Path(pdf).with_suffix("").suffix
    return f"PDF ({code[1:]})" if len(pdfs) > 1 and code[1:] in LANGUAGES else "PDF"


def _cities(manifest: Manifest, words: Words) -> Markup:
    """The cities of a run, by name or, where they are many, by number."""
    names = [city["zh" if words.language == "zh" else "en"] for city in manifest.cities]
    if len(names) <= _NAMED:
        return escape(words["page.list"].join(names))
    count = Markup('<data data-source="run:{}" value="{}">{}</data>').format(
        manifest.run, len(names), len(names)
    )
    return escape(words["index.city_count"]).format(count=count)


def _tallied(tallies: Mapping[str, Mapping[str, int]], words: Words) -> Markup:
    """Grades and verdicts that were given, with their numbers; what was never given is left out."""
    counted = (
        Markup('<span class="tallied"><data value="{}">{}</data> {}</span>').format(
            number, number, words[f"{kind}.{code}"]
        )
        for kind, codes in JUDGED.items()
        for code in codes
        if (number := tallies.get(kind, {}).get(code, 0))
    )
    return escape(words["page.list"]).join(counted)


def _choices(rows: Sequence[Mapping[str, Any]], words: Words) -> list[tuple[str, list[tuple[str, str]]]]:
    """What the table can be narrowed to, with the words for it; nothing where there is no choice."""
    found = {
        name: list(dict.fromkeys(row[name] for row in rows)) for name in ("notebook", "status", "inputs")
    }
    named = {
        "notebook": [(name, name) for name in sorted(found["notebook"])],
        "status": [(name, words[f"index.status_{name}"]) for name in found["status"]],
        "inputs": [(name, words[f"index.{name}"]) for name in found["inputs"] if name],
    }
    return [(name, values) for name, values in named.items() if len(values) > 1]


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def hashed(name: str, sha256: str) -> Markup:
    """Write a name with the first 12 digits of its hash; the title has them all."""
    code = Markup('<code title="SHA-256: {}">{}</code>').format(sha256, sha256[:12])
    return Markup("{} {}").format(name, code) if name else code
