"""Long work shows how far it is to a person who waits, and leaves nothing behind."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest
from jupyter_client.manager import start_new_kernel

from pingan_lib import progress as module
from pingan_lib.progress import progress


@pytest.fixture
def cell(monkeypatch):
    """A notebook's cell, as IPython would show things in it; returns what was shown, and each update."""
    shown = []

    def display(data, **how):
        assert how == {"raw": True, "display_id": True}
        shown.append(data)
        return SimpleNamespace(update=lambda data, raw: shown.append(data))

    kernel = SimpleNamespace(_allow_stdin=True)
    shell = SimpleNamespace(kernel=kernel)
    fake = SimpleNamespace(get_ipython=lambda: shell, display=SimpleNamespace(display=display))
    monkeypatch.setitem(sys.modules, "IPython", fake)
    monkeypatch.setattr(module, "DELAY", 0.0)
    return SimpleNamespace(shown=shown, kernel=kernel)


def test_every_item_comes_once_whether_it_is_shown_or_not(cell):
    assert list(progress(range(5), "items")) == list(range(5))
    assert list(progress((c for c in "abc"), "letters", 3)) == ["a", "b", "c"]


def test_in_a_cell_the_last_that_is_shown_is_nothing(cell):
    list(progress(range(5), "items"))
    assert cell.shown[0]["text/plain"].startswith("items:   0%")
    assert cell.shown[-1] == {}


def test_where_nobody_can_answer_nothing_is_shown(cell):
    cell.kernel._allow_stdin = False
    assert list(progress(range(5), "items")) == list(range(5))
    assert cell.shown == []


def test_what_is_done_sooner_than_a_second_is_not_shown(cell, monkeypatch):
    monkeypatch.setattr(module, "DELAY", 60.0)
    list(progress(range(5), "items"))
    assert cell.shown == []


def test_work_inside_of_work_is_not_shown_and_a_stop_ends_the_showing(cell):
    for _ in progress(range(2), "outer"):
        list(progress(range(2), "inner"))
    assert not any("inner" in data.get("text/plain", "") for data in cell.shown)
    with pytest.raises(ZeroDivisionError):
        [1 / item for item in progress([1, 0], "divisions")]
    cell.shown.clear()
    list(progress(range(2), "afterwards"))
    assert "afterwards" in cell.shown[0]["text/plain"]


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_is_told_and_a_file_is_not(monkeypatch, terminal):
    stream = io.StringIO()
    stream.isatty = lambda: terminal
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(module, "DELAY", 0.0)
    assert list(progress(range(3), "items")) == [0, 1, 2]
    assert ("items" in stream.getvalue()) == terminal
    assert not stream.getvalue().rpartition("\r")[2].strip()


def test_a_kernel_knows_whether_its_front_end_can_ask():
    """JupyterLab lets a cell put a question to its reader; papermill, nbclient and nbconvert do not."""
    manager, client = start_new_kernel(kernel_name="python3")
    code = "from pingan_lib import progress as p\np.DELAY = 0.0\nfor _ in p.progress(range(3), 'items'): pass\n'done'"
    told = {}
    try:
        for asking in (True, False):
            messages = []
            client.execute_interactive(code, allow_stdin=asking, output_hook=messages.append, timeout=60)
            told[asking] = [each["msg_type"] for each in messages if "data" in each["content"]]
            contents = [each["content"]["data"] for each in messages if "data" in each["content"]]
            assert contents[-1] == {"text/plain": "'done'"}
            assert not asking or contents[-2] == {}
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert told[False] == ["execute_result"]
    assert told[True][0] == "display_data" and set(told[True][1:-1]) == {"update_display_data"}
