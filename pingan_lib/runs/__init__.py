"""Runs of notebooks, and folders of reports: nothing that failed looks as if it were done."""

from pingan_lib.runs.again import Again, run_again
from pingan_lib.runs.grid import Grid, parse_pair, plan_sweep, read_grid
from pingan_lib.runs.run import print_report, report, run_notebook
from pingan_lib.runs.saved import page_of_saved
from pingan_lib.runs.sweep import Sweep, sweep
from pingan_lib.runs.work import How, Run

__all__ = [
    "Again",
    "Grid",
    "How",
    "Run",
    "Sweep",
    "page_of_saved",
    "parse_pair",
    "plan_sweep",
    "print_report",
    "read_grid",
    "report",
    "run_again",
    "run_notebook",
    "sweep",
]
