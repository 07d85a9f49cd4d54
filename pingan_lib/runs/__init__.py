"""Runs of notebooks, and folders of reports: nothing that failed looks as if it were done."""

from pingan_lib.runs.again import Again, run_again
from pingan_lib.runs.run import Run, print_report, report, run_notebook
from pingan_lib.runs.saved import page_of_saved

__all__ = ["Again", "Run", "page_of_saved", "print_report", "report", "run_again", "run_notebook"]
