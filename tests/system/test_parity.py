"""Every notebook of the project in both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import papermill
import pytest
from test_engine import ENGINES, keys, outputs

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Every notebook of the project in both engines."""
    folder = tmp_path_factory.mktemp("executed")

    def execute(name: str, engine: str | None):
        return papermill.execute_notebook(
            ROOT / "notebooks" / name,
            folder / f"{engine}-{name}",
            engine_name=engine,
            progress_bar=False,
            resources={"metadata": {"path": str(ROOT)}},
        )

    asked = [(name, engine) for name in NOTEBOOKS for engine in ENGINES]
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(asked, pool.map(lambda each: execute(*each), asked), strict=True))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_gives_the_same_in_both_engines(executed, name):
    ours, own = (executed[name, engine] for engine in ENGINES)
    assert [cell.source for cell in ours.cells] == [cell.source for cell in own.cells]
    for mine, its in zip(ours.cells, own.cells, strict=True):
        assert outputs(mine) == outputs(its)
        assert mine.get("execution_count") == its.get("execution_count")
        assert keys(mine.metadata) == keys(its.metadata)
    widgets = [each.metadata.pop("widgets", {}) for each in (ours, own)]  # by ids, which nobody has in common
    assert len(str(widgets[0])) == len(str(widgets[1]))
    assert keys(ours.metadata) == keys(own.metadata)
