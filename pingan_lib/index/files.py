"""The files at the top of a folder of reports: index and glossary in both languages, the runs as a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path

from pingan_lib.corpus import Corpus
from pingan_lib.index.kept import Kept, Now, page_name, read_now, read_report, read_runs, state
from pingan_lib.index.page import JUDGED, TABLE, glossary_html, index_html
from pingan_lib.table_files import write_bytes
from pingan_lib.words import LANGUAGES


def write_indexes(out_dir: Path, corpus: Corpus) -> None:
    """Write the index and the glossary of a folder of reports in both languages, and its runs as a table.

    Parameters
    ----------
    out_dir : Path
    corpus : Corpus
        What the runs are held against: whether they are of the data and the code that there are now.

    Raises
    ------
    UsageError
        If a file cannot be written.
    """
    kept, report, now = read_runs(out_dir), read_report(out_dir), read_now(corpus)
    for language in LANGUAGES:
        html = index_html(kept, report, now, language)
        write_bytes(out_dir / page_name("index", language), html.encode("utf-8"))
        write_bytes(
            out_dir / page_name("glossary", language), glossary_html(corpus, language).encode("utf-8")
        )
    write_bytes(out_dir / TABLE, _table(kept, now).encode("utf-8"))


def _table(kept: Iterable[Kept], now: Now) -> str:
    """All runs as CSV, for those who have more of them than a page can hold."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(
        ["run", "notebook", "status", "cities", "parameters", "languages", "ended", "seconds", "inputs"]
        + [code for codes in JUDGED.values() for code in codes]
        + ["message"]
    )
    for each in kept:
        manifest = each.manifest
        if manifest is None:
            writer.writerow([each.folder, "", "damaged", *[""] * 12, each.problem])
            continue
        tallies = next(iter(manifest.executions.values()))["tallies"]
        writer.writerow(
            [
                each.folder,
                manifest.notebook["name"],
                manifest.status,
                ";".join(city["id"] for city in manifest.cities),
                json.dumps(manifest.parameters, ensure_ascii=False),
                ";".join(manifest.executions),
                manifest.ended,
                manifest.seconds,
                state(manifest, now),
                *(tallies.get(kind, {}).get(code, "") for kind, codes in JUDGED.items() for code in codes),
                manifest.message,
            ]
        )
    return lines.getvalue()
