"""REFI-QDA, the exchange format of NVivo, MAXQDA, ATLAS.ti, QualCoder and others: to them, and back."""

from __future__ import annotations

from pingan_lib.exchange.merging import Incoming
from pingan_lib.exchange.refi.cards import RefiError
from pingan_lib.exchange.refi.read import read_qdpx
from pingan_lib.exchange.refi.write import codebook_qdc, project_qdpx

LEFT_OUT = (
    "Left out of REFI-QDA: relations between figures, second readings of figures, outside facts, who quoted a row (the "
    "article’s first coder stands for it) and the time of day. A project (.qdpx) holds the articles whole, which "
    "belong to their publishers."
)

__all__ = ["LEFT_OUT", "Incoming", "RefiError", "codebook_qdc", "project_qdpx", "read_qdpx"]
