"""The notebooks in JupyterLab, as a researcher runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

NOTEBOOKS = sorted(path.name for path in (Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
pytestmark = pytest.mark.xdist_group("lab")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_all_its_cells_run(name, open_in_lab):
    notebook = open_in_lab(name)
    notebook.run_all()
    assert notebook.errors() == []
    counts = [cell["execution_count"] for cell in notebook.cells() if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))
