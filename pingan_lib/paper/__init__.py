"""What a paper needs of the reports: figures, tables and sources as files, and pages as PDF."""

from __future__ import annotations

from pingan_lib.paper.export import export_paper
from pingan_lib.paper.printing import print_pages, print_pdf

__all__ = ["export_paper", "print_pages", "print_pdf"]
