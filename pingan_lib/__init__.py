"""Compare what cities report about public safety, with every number traced to its sentence.

The way of the data: `load_corpus` reads checked tables and articles; `compare_approaches` and `compare_figures` set two
cities side by side; a `Page` says so in words, tables and plots. `read_number` and `grim` serve alone, on any text or
table.
"""

from importlib.metadata import version

from pingan_lib.bounds import Bounds
from pingan_lib.compare import compare_approaches, compare_figures
from pingan_lib.corpus import Corpus, check_corpus, load_corpus
from pingan_lib.evidence import locate
from pingan_lib.forensics import grim, grim_table
from pingan_lib.numerals import Number, read_number
from pingan_lib.page import Page

__version__ = version("pingan_lib")

__all__ = [
    "Bounds",
    "Corpus",
    "Number",
    "Page",
    "check_corpus",
    "compare_approaches",
    "compare_figures",
    "grim",
    "grim_table",
    "load_corpus",
    "locate",
    "read_number",
]
