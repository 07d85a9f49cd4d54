"""Compare what cities report about public safety, with every number traced to its sentence.

The way of the data: `load_corpus` reads checked tables and articles; `compare_approaches` and `compare_figures` set two
cities side by side; a `Page` says so in words, tables and plots. `read_number` and `grim` serve alone, on any text or
table. A name is loaded when it is first used, so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pingan_lib.bounds import Bounds
    from pingan_lib.catalogue import Catalogue
    from pingan_lib.compare import compare_all_approaches, compare_approaches, compare_figures
    from pingan_lib.corpus import Corpus, check_corpus, load_corpus
    from pingan_lib.evidence import locate
    from pingan_lib.forensics import grim, grim_table
    from pingan_lib.numerals import Number, Reading, read_number
    from pingan_lib.page import Page

    __version__: str

_MODULES = {
    "Bounds": "bounds",
    "Catalogue": "catalogue",
    "Corpus": "corpus",
    "Number": "numerals",
    "Page": "page",
    "Reading": "numerals",
    "check_corpus": "corpus",
    "compare_all_approaches": "compare",
    "compare_approaches": "compare",
    "compare_figures": "compare",
    "grim": "forensics",
    "grim_table": "forensics",
    "load_corpus": "corpus",
    "locate": "evidence",
    "read_number": "numerals",
}

__all__ = [
    "Bounds",
    "Catalogue",
    "Corpus",
    "Number",
    "Page",
    "Reading",
    "check_corpus",
    "compare_all_approaches",
    "compare_approaches",
    "compare_figures",
    "grim",
    "grim_table",
    "load_corpus",
    "locate",
    "read_number",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("pingan_lib")
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
