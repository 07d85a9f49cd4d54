"""papermill's engine `pingan` gives what papermill's own engine gives."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import papermill
import pytest
from papermill.exceptions import PapermillExecutionError

from pingan_lib.forks.manager import is_this_python
from pingan_lib.kernels import kernels
from pingan_lib.sockets import SocketKernelManager

ROOT = Path(__file__).parents[2]
ENGINES = ("pingan", None)  # None is papermill's own

# Each is a way in which notebooks write; the cells run in this order, in one kernel. A cell that begins with
# `# raises` may fail.
CELLS = {
    "first": "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])",
    "where": (
        "import os, sys, locale, signal, threading, multiprocessing\n"
        "print(os.getcwd(), sys.path[0], sys.path.count(''), __name__, '__file__' in globals(), len(sys.argv))\n"
        "print(sys.argv[0], sys.argv[1], sys.argv[3:], sys.executable, sys.flags, sys.warnoptions)\n"
        "print(os.getpgrp() == os.getpid() == os.getsid(0), locale.getlocale())\n"
        "print(multiprocessing.current_process())\n"
        "print(signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGCHLD), signal.getsignal(signal.SIGTERM))\n"
        "print(threading.current_thread() is threading.main_thread(), sys.stdout.isatty(), sys.stdout.encoding)"
    ),
    "environment": (
        "import os\nprint(*sorted(f'{k}={v}' for k, v in os.environ.items() if k != 'JPY_PARENT_PID'), sep='\\n')\n"
        "int(os.environ['JPY_PARENT_PID'])"
    ),
    "logging_as_it_is_set_up": (
        "import logging\nprint(logging.root.handlers, logging.root.level)\n"
        "logging.warning('to the root'); logging.getLogger('x').error('%s', 1)"
    ),
    "a_module_beside": "import beside\nprint(beside.__file__, beside.VALUE)",
    "run": "%run script.py one two\nfrom_script",
    "display_id": "shown = display('a', display_id='mine')\ndisplay('b')",
    "update_display": "from IPython.display import update_display\nupdate_display('c', display_id='mine')\nshown.update('d')",  # noqa: E501
    "clear_output": (
        "from IPython.display import clear_output\nfor i in range(5):\n    clear_output(wait=True)\n    print(i)"
    ),
    "both_streams": (
        "import sys\nfor i in range(3):\n    print('out', i)\n    print('err', i, file=sys.stderr)\nprint('end')"
    ),
    "a_million": "print('甲乙丙丁戊' * 200_000)\nprint('x' * 1_000_000, file=sys.stderr)",
    "carriage_returns": "for i in range(50):\n    print(f'\\r{i} of 50', end='')\nprint()",
    "threads": (
        "import threading\ndef work(n):\n    print('thread', n)\n"
        "for n in range(3):\n    each = threading.Thread(target=work, args=(n,)); each.start(); each.join()"
    ),
    "pool": (
        "from multiprocessing import Pool\ndef square(n):\n    print('甲' * n)\n    return n * n\n"
        "with Pool(1) as pool:\n    print(pool.map(square, [3, 30_000, 4]))"
    ),
    "fork": (
        "import os, time\nif os.fork() == 0:\n    print('from a fork', flush=True)\n    os._exit(0)\n"
        "os.wait()[1], time.sleep(0.4)"
    ),
    "subprocess": "import subprocess\nsubprocess.run(['echo', 'from a process'])\nimport time; time.sleep(0.6)",
    "system": "import os, time\nos.system('echo from a shell')\ntime.sleep(0.6)",
    "descriptor": "os.write(2, b'to 2\\n')\ntime.sleep(0.6)",
    "bang": "!echo from a line",
    "assigned_bang": "lines = !printf 'a\\nb'\nlines",
    "bash": "%%bash\necho out\necho err >&2",
    "bash_fails": "# raises\nget_ipython().run_cell_magic('bash', '', 'exit 3')",
    "capture": "%%capture caught\nprint('held')\ndisplay('also')",
    "captured": "caught.stdout, len(caught.outputs)",
    "await": "import asyncio\nawait asyncio.sleep(0.01)\n'awaited'",
    "task": (
        "ticks = []\nasync def tick():\n    while True:\n        ticks.append(1)\n        await asyncio.sleep(0.001)\n"
        "task = asyncio.create_task(tick())"
    ),
    "between_cells": "await asyncio.sleep(0.05)\nlen(ticks) > 2, task.cancel()",
    "loop_runs": "# raises\nwork = asyncio.sleep(0)\ntry:\n    asyncio.run(work)\nfinally:\n    work.close()",
    "shows_a_date": """from IPython.display import display
display({"text/plain": "2024-01-02T03:04:05Z", "application/json": {"when": "2024-01-02T03:04:05Z"}}, raw=True)""",
    "sets_a_context": "import contextvars\nnote = contextvars.ContextVar('note', default='none')\ntoken = note.set('set')",  # noqa: E501
    "gets_a_context": "note.get()",
    "division": "# raises\ndef f(x):\n    return 1 / x\n\nf(0)",
    "syntax": "# raises\nif True print(1)",
    "chained": "# raises\ntry:\n    {}['k']\nexcept KeyError as e:\n    raise RuntimeError('自己的') from e",
    "repr_fails": "# raises\nclass Bad:\n    def __repr__(self):\n        raise ValueError('no words')\nBad()",
    "interrupts": "# raises\nraise KeyboardInterrupt",
    "interrupted": "# raises\nimport signal\nsignal.raise_signal(signal.SIGINT)\nfor _ in range(10**6): pass",
    "leaves": "# raises\nimport sys\nsys.exit(3)",
    "in_a_library": "# raises\nimport pandas as pd\npd.DataFrame({'a': [1]})['b']",
    "warning": "import warnings\nwarnings.warn('take care')\nwarnings.warn('old', DeprecationWarning)",
    "input": "try:\n    input('name?')\nexcept Exception as error:\n    print(repr(error))",
    "interactivity": "ast = get_ipython().ast_node_interactivity\nget_ipython().ast_node_interactivity = 'all'\nast",
    "all_shown": "1\n2",
    "last_again": "get_ipython().ast_node_interactivity = 'last_expr'\n7",
    "underscore": "_ + 1, Out[max(Out)], In[-2], len(In), __",
    "history": "%history -n 1-4",
    "store": "%store",
    "extensions": "sorted(get_ipython().extension_manager.loaded), get_ipython().config.IPKernelApp.keys()",
    "magics": "sorted(get_ipython().magics_manager.magics['line']), sorted(get_ipython().magics_manager.magics['cell'])",  # noqa: E501
    "names": "%who",
    "rich": (
        "from IPython.display import HTML, SVG, JSON, Markdown, Latex, Image\n"
        "display(HTML('<b>甲</b>'), SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>'), JSON({'a': [1, None]}))\n"
        "display(Markdown('**b**'), Latex('$x$'), Image(b'\\x89PNG\\r\\n\\x1a\\n' + b'0' * 20, format='png'))"
    ),
    "nan": "display(JSON({'a': 1.5}))\ndisplay({'application/json': {'b': [True]}}, raw=True)",
    "not_a_number": (
        "import warnings\nwith warnings.catch_warnings(action='ignore'):\n"
        "    display({'application/json': {'a': float('nan')}}, raw=True)"
    ),
    "unicode": "print('凯里市 😀 é\\u0301 \\u202e')",
    "frame": "import pandas as pd\npd.DataFrame({'城': ['甲', None], 'n': [1.0, float('nan')]})",
    "styler": "pd.DataFrame({'a': [1]}).style.set_uuid('u').highlight_max()",
    "wide_frame": "pd.DataFrame({f'a_long_name_{n}': ['a long value', 'another'] for n in range(12)})",
    "pandas_options": "[pd.get_option(f'display.{n}') for n in ('max_columns', 'width', 'max_rows', 'large_repr')]",
    "options": "pd.options.display.max_rows, plt.rcParams['figure.dpi'], plt.get_backend()",
    "two_figures": "for n in range(2):\n    plt.figure(); plt.plot([n, 1])\nprint('after')",
    "shown_figure": "plt.plot([1]); plt.show(); print('then')\nfigure, axes = plt.subplots()",
    "seaborn": "import seaborn as sns\nsns.set_theme()\nsns.barplot(x=['a', 'b'], y=[1, 2]);",
    "retina": "%config InlineBackend.figure_format = 'retina'\nplt.plot([3, 1]);",
    "svg": "%config InlineBackend.figure_formats = ['svg']\nplt.rcParams['svg.hashsalt'] = 'x'\nplt.plot([3, 1]);",
    "settings": "%config InlineBackend",
    "widget": "import ipywidgets as w\nslider = w.IntSlider(value=3)\nslider",
    "anywidget": (
        "import anywidget, traitlets\nclass Count(anywidget.AnyWidget):\n    _esm = 'export default {}'\n"
        "    value = traitlets.Int(0).tag(sync=True)\ncount = Count(value=4)\ncount"
    ),
    "widget_changes": "slider.value = 5\ncount.value = 6",
    "output_widget": "out = w.Output()\ndisplay(out)\nwith out:\n    print('inside'); display(3)\nlen(out.outputs)",
    "tqdm": (
        "import tqdm.auto, tqdm\nprint(tqdm.auto.tqdm.__mro__[1])\n"
        "for _ in tqdm.tqdm(range(3), bar_format='{n}'): pass"
    ),
    "time": "%time 1 + 1",
    "interpreter": (
        "import builtins, gc\n"
        "print(type(get_ipython()), get_ipython().kernel.__class__.__name__, sys.displayhook, sys.excepthook)\n"
        "print(sorted(set(dir(builtins))), gc.isenabled(), gc.get_threshold(), sys.getrecursionlimit())"
    ),
    "seeded": "import random, numpy\nrandom.seed(3); numpy.random.seed(3)\nrandom.random(), numpy.random.rand()",
    "connect_info": "get_ipython().kernel.implementation, get_ipython().kernel.language_info",
    "late": (
        "import threading\ngo = threading.Event()\n"
        "late = threading.Thread(target=lambda: (go.wait(), print('late')))\nlate.start()"
    ),
    "later": "go.set(); late.join()\nprint('later')",
    "temporary": "import tempfile\nheld = tempfile.TemporaryDirectory(dir='.', prefix='held-')\nos.path.isdir(held.name)",  # noqa: E501
    "at_exit": (
        "import atexit, pathlib\natexit.register(lambda: pathlib.Path('at_exit').write_text('done'))\n"
        "unclosed = open('unclosed', 'w'); unclosed.write('kept')\n"
        "threading.Thread(target=lambda: (time.sleep(0.3), pathlib.Path('thread').write_text('done'))).start()"
    ),
}


def notebook(*sources: str, kernel: str = "python3"):
    cells = [
        nbformat.v4.new_code_cell(
            source, id=f"cell-{n}", metadata={"tags": ["raises-exception"] * source.startswith("# raises")}
        )
        for n, source in enumerate(sources)
    ]
    kernelspec = {"name": kernel, "language": "python", "display_name": "Python 3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec})


def alike(text: str) -> str:
    """A text without what no two processes have in common: addresses, ids, numbers of processes, times."""
    for pattern, put in (
        (r"0x[0-9a-f]{6,}", "0x"),
        (r"(?<![0-9a-f])[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}(?![0-9a-f])", "ID"),
        (r"/tmp/ipykernel_\d+/", "/tmp/ipykernel_N/"),
        (r"/[^ ']*/kernel-?ID\.json|kernel-ID\.json|/[^ ']*/tmp\w+\.json", "KERNEL"),
        (r"\b\d+(\.\d+)?(e\+\d+)? (ns|[\u00b5\u03bcm]?s)\b", "TIME"),
        (r"<dc:date>[^<]*", "<dc:date>"),
        (r"/tmp/tmp\w{8}\b", "/tmp/tmpX"),
    ):
        text = re.sub(pattern, put, text)
    return text


def outputs(cell) -> list:
    """The outputs of a cell; how words of streams are cut, and which stream comes first, is a matter of time."""
    found: list = []
    given = list(cell.get("outputs", ()))
    if all(output.output_type == "stream" for output in given):
        given.sort(key=lambda output: output.name)
    for output in given:
        if found and output.output_type == "stream" and output.get("name") == found[-1].get("name"):
            found[-1]["text"] += output.text
        else:
            found.append(dict(output))
    return json.loads(alike(json.dumps(found, ensure_ascii=False)))


def keys(value) -> object:
    """The names in metadata, without the values."""
    return {name: keys(each) for name, each in value.items()} if isinstance(value, dict) else None


def execute(source: Path, folder: Path, engine: str | None, **options):
    """The executed notebook; papermill raises for an error in a cell that may fail, too.

    Through papermill's own sockets a cell with a widget that shows outputs may wait for ever.
    """
    out = folder / "out.ipynb"
    if engine is None:
        options["kernel_manager_class"] = SocketKernelManager
    with suppress(PapermillExecutionError):
        papermill.execute_notebook(
            source, out, engine_name=engine, progress_bar=False, cwd=str(folder), **options
        )
    executed = nbformat.read(out, as_version=4)
    executed.cells = [
        cell for cell in executed.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", ())
    ]
    return executed


@pytest.fixture(scope="module", autouse=True)
def as_without_pytest():
    """Under pytest, ipykernel does not catch what is written to the file descriptors 1 and 2."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)
        yield


@pytest.fixture(scope="module")
def both(tmp_path_factory, as_without_pytest):
    """All cells as executed by each engine, and the working folders, of one name, that they left."""
    base = tmp_path_factory.mktemp("both")
    nbformat.write(notebook(*CELLS.values()), base / "in.ipynb")
    found, folder = {}, base / "work"
    for engine in ENGINES:
        folder.mkdir()
        (folder / "beside.py").write_text("VALUE = 3\n")
        (folder / "script.py").write_text(
            "import sys\nprint(__name__, __file__, sys.argv)\nfrom_script = 5\n"
        )
        done = execute(base / "in.ipynb", folder, engine, store_widget_state=True)
        left = {
            path.name: path.read_text()
            for path in folder.iterdir()
            if path.suffix != ".ipynb" and path.is_file()
        }
        found[engine] = done, left, [path.name for path in folder.glob("held-*")]
        shutil.rmtree(folder)
    return found


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_gives_the_same_in_both_engines(both, name):
    ours, own = (both[engine][0].cells[list(CELLS).index(name)] for engine in ENGINES)
    assert outputs(ours) == outputs(own)
    assert ours.execution_count == own.execution_count
    assert keys(ours.metadata) == keys(own.metadata)


def test_the_state_of_widgets_is_the_same(both):
    states = []
    for engine in ENGINES:
        state = both[engine][0].metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
        states.append(sorted(alike(json.dumps(each, sort_keys=True)) for each in state.values()))
    assert len(states[0]) > 5
    assert states[0] == states[1]


def test_what_a_notebook_leaves_for_its_end_is_done(both):
    _, left, temporary = both["pingan"]
    assert (left, temporary) == both[None][1:]
    assert {name: left[name] for name in ("at_exit", "thread", "unclosed")} == {
        "at_exit": "done",
        "thread": "done",
        "unclosed": "kept",
    }
    assert temporary == []


def test_half_of_a_surrogate_pair_is_shown_as_a_question_mark(tmp_path):
    nbformat.write(notebook("print('half \\ud83d of it')"), tmp_path / "in.ipynb")
    (cell,) = execute(tmp_path / "in.ipynb", tmp_path, "pingan").cells
    assert [output.text for output in cell.outputs] == ["half ? of it\n"]


def test_what_a_cell_prints_has_come_when_it_ends(tmp_path):
    """Another thread of the kernel writes out what is printed, and may be in the midst of it when a cell ends."""
    busy = "import time\nprint('甲' * 1_000_000)\nend = time.monotonic() + {}\nwhile time.monotonic() < end: pass"
    nbformat.write(notebook(*(busy.format(n % 5 / 50) for n in range(40))), tmp_path / "in.ipynb")
    done = execute(tmp_path / "in.ipynb", tmp_path, "pingan")
    lengths = [sum(len(output.text) for output in cell.outputs) for cell in done.cells]
    assert lengths == [1_000_001] * 40


@pytest.mark.parametrize(
    ("source", "kernel", "said"),
    [
        ("1", "python3", ""),
        ("1", "no_such_kernel", "NoSuchKernel: No such kernel named no_such_kernel"),
        ("1 / 0", "python3", "ZeroDivisionError: division by zero (cell 'cell-0', In [1]: 1 / 0)"),
        (
            "import os; os._exit(3)",
            "python3",
            "the kernel died in cell 'cell-0', In [1]: import os; os._exit(3)",
        ),
    ],
)
def test_papermills_own_engine_leaves_nothing_in_the_folder_for_temporary_files(
    tmp_path, monkeypatch, source, kernel, said
):
    nbformat.write(notebook(source, kernel=kernel), tmp_path / "in.ipynb")
    with TemporaryDirectory() as short, kernels("papermill") as own:  # a socket's path must be short
        monkeypatch.setattr(tempfile, "tempdir", short)
        assert own.execute(tmp_path / "in.ipynb", tmp_path / "out.ipynb", {}, tmp_path) == said
        assert list(Path(short).iterdir()) == []


LONG = {
    "two_random": (
        "import random, numpy, uuid\n"
        "print(random.random(), numpy.random.rand(), numpy.random.default_rng().random(), uuid.uuid4())"
    ),
    "changes_all": (
        "import builtins, os, sys, random, numpy, locale, warnings, decimal\nimport pandas as pd, matplotlib.pyplot as plt\n"  # noqa: E501
        "seen = (hasattr(builtins, 'mine'), pd.options.display.max_rows, plt.rcParams['font.size'], os.environ.get('MINE'),\n"  # noqa: E501
        "    os.path.basename(os.getcwd()), 'marked' in sys.modules, hasattr(pd, 'mine'), decimal.getcontext().prec,\n"
        "    'mine' in globals(), len(warnings.filters), os.path.exists('/nowhere') or '/nowhere' in sys.path)\n"
        "builtins.mine = pd.mine = mine = 1\npd.options.display.max_rows = 7\nplt.rcParams['font.size'] = 3\n"
        "os.environ['MINE'] = '1'\nsys.modules['marked'] = sys\nos.chdir('/')\ndecimal.getcontext().prec = 5\n"
        "warnings.simplefilter('ignore')\nsys.path.append('/nowhere')\nrandom.seed(1)\nnumpy.random.seed(1)\nprint(seen)"
    ),
}


def test_nothing_of_a_run_reaches_the_next_and_random_numbers_differ(tmp_path):
    nbformat.write(notebook(*LONG.values()), tmp_path / "in.ipynb")
    runs = [execute(tmp_path / "in.ipynb", tmp_path, "pingan") for _ in range(2)]
    drawn, seen = zip(*([cell.outputs[0].text for cell in run.cells] for run in runs), strict=True)
    for first, second in zip(*(text.split() for text in drawn), strict=True):
        assert first != second
    assert seen[0] == seen[1]
    assert seen[0].startswith(f"(False, 60, 10.0, None, {tmp_path.name!r}, False, False, 28, False, ")


@pytest.mark.parametrize(
    ("name", "argv", "language", "ours"),
    [
        ("same", [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], "python", True),
        ("by_name", ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"], "python", True),
        (
            "elsewhere",
            ["{other}/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "python",
            False,
        ),
        (
            "optimised",
            [sys.executable, "-O", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "python",
            False,
        ),
        ("other", [sys.executable, "-m", "bash_kernel", "-f", "{connection_file}"], "bash", False),
    ],
)
def test_a_kernel_of_another_language_or_environment_is_left_to_papermill(
    tmp_path, monkeypatch, name, argv, language, ours
):
    other = tmp_path / "another" / "bin"
    other.mkdir(parents=True)
    (other / "python").symlink_to(Path(sys.executable).resolve())  # virtual environments share their program
    folder = tmp_path / "kernels" / name
    folder.mkdir(parents=True)
    argv = [each.replace("{other}", str(other)) for each in argv]
    (folder / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": name, "language": language})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    assert is_this_python(name) is ours
    assert not is_this_python("no_such_kernel")


def papermill_command(*arguments: str, cwd: Path):
    """papermill's own command, in a process of its own."""
    program = [sys.executable, "-m", "papermill", "--engine", "pingan"]
    return subprocess.run([*program, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120)


def test_the_command_papermill_takes_the_engine(tmp_path):
    written = notebook("x = 1", "import os\nprint(x, os.path.basename(os.getcwd()))")
    written.cells[0].metadata.tags = ["parameters"]
    nbformat.write(written, tmp_path / "in.ipynb")
    (tmp_path / "there").mkdir()
    done = papermill_command(
        "in.ipynb",
        "out.ipynb",
        "-p",
        "x",
        "7",
        "--cwd",
        "there",
        "--log-output",
        "--start-timeout",
        "50",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "7 there" in done.stderr and "Ending Cell 3" in done.stderr
    assert nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[-1].outputs[0].text == "7 there\n"

    nbformat.write(notebook("print('before')", "while True: pass", "print('after')"), tmp_path / "in.ipynb")
    late = papermill_command(
        "in.ipynb", "out.ipynb", "--execution-timeout", "1", "--no-progress-bar", cwd=tmp_path
    )
    assert late.returncode == 1 and "CellTimeoutError" in late.stderr
    first, second, third = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[-3:]
    assert (first.outputs[0].text, second.outputs, third.execution_count) == ("before\n", [], None)


SCRIPT = """
import asyncio, papermill, sys, threading
from concurrent.futures import ThreadPoolExecutor
print("main")  # is said once: no child runs this script again
def run(n):
    given = dict(engine_name="pingan", progress_bar=False, parameters={"x": n})
    papermill.execute_notebook("in.ipynb", f"out{n}.ipynb", **given)
with ThreadPoolExecutor(3) as pool:
    list(pool.map(run, range(3)))
async def inside():  # as in a Jupyter kernel, where a loop runs already
    run(3)
asyncio.run(inside())
if "dies" in sys.argv:
    raise SystemExit("in the end")
"""


@pytest.mark.parametrize("how", ["ends", "dies"])
def test_a_plain_script_with_threads_and_a_loop(tmp_path, how):
    written = notebook("x = 0", "print(x)\nx + 1")
    written.cells[0].metadata.tags = ["parameters"]
    nbformat.write(written, tmp_path / "in.ipynb")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, how], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout) == (0 if how == "ends" else 1, "main\n"), done.stderr
    found = [nbformat.read(tmp_path / f"out{n}.ipynb", as_version=4).cells[-1].outputs for n in range(4)]
    assert [outputs[0].text for outputs in found] == [f"{n}\n" for n in range(4)]


def test_papermill_loads_the_engine_and_nothing_else_of_it():
    code = "import papermill, sys; print(*(name for name in sys.modules if name.startswith('pingan_lib')))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert set(found.split()) == {"pingan_lib", "pingan_lib.engine"}
