"""What is shipped and installed: bounds, lock, wheel, the floors of the house, the cost of an import."""

from __future__ import annotations

import ast
import doctest
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
import yaml
from hatchling.build import build_editable
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import pingan_lib

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pingan_lib"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")

# conda-forge splits some packages; the part without the graphical extras is the one meant
CONDA_NAMES = {"matplotlib-base": "matplotlib", "nbconvert-core": "nbconvert", "seaborn-base": "seaborn"}

# The floors of the house, from the ground up: a module imports only from floors below its own.
FLOORS = (
    "drawing errors progress shared",
    "agreement bounds chromium digits evidence grammar images keyness markup proportions schema style text words",
    "article_files cell_faults displays formulas notebooks numerals plots rendering svg table_files",
    "cells granularity units",
    "figure_rows mentions",
    "check",
    "corpus findings project",
    "relations",
    "forensics",
    "cards compare consistency exchange intake intervals ratios reliability",
    "conclusions derivations overview",
    "sensitivity",
    "catalogue explorer glossary manifest page",
    "report tables",
    "crate differences index paper",
    "forks sockets warmth",
    "engine",
    "kernels",
    "runs",
    "cluster",
    "cli",
)
FLOOR_OF = {module: floor for floor, modules in enumerate(FLOORS) for module in modules.split()}

# A folder with an __init__ stands on one floor; the other folders hold no part of the library.
MODULES = sorted(
    {
        *PACKAGE.glob("*.py"),
        *(path for each in PACKAGE.glob("*/**/__init__.py") for path in each.parent.glob("*.py")),
    }
)


def place(module: Path) -> str:
    """The name under which a module stands in the table of floors."""
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(module: Path) -> set[str]:
    """Full names of all that a module imports, at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module.name}: imports inside the package are written in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def requirements(lines: list[str]) -> dict[str, Requirement]:
    """Requirements by normalised name."""
    found = (Requirement(line) for line in lines)
    return {canonicalize_name(each.name): each for each in found}


def pins(lock: str) -> dict[str, list[Version]]:
    """Every version that the lock gives for a package (more than one where markers divide them)."""
    found: dict[str, list[Version]] = {}
    for name, pinned in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock, flags=re.MULTILINE):
        found.setdefault(canonicalize_name(name), []).append(Version(pinned))
    return found


def test_conda_users_get_the_bounds_of_pyproject():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    assert conda["channels"] == ["conda-forge"]
    plain = [line for line in conda["dependencies"] if isinstance(line, str) and line != "pip"]
    (by_pip,) = (each["pip"] for each in conda["dependencies"] if isinstance(each, dict))
    assert "--editable ." in by_pip
    lines = plain + [line for line in by_pip if not line.startswith("-")]
    here = {CONDA_NAMES.get(name, name): each.specifier for name, each in requirements(lines).items()}
    assert here.pop("python") == Requirement(f"python{PROJECT['requires-python']}").specifier
    assert here == {name: each.specifier for name, each in requirements(PROJECT["dependencies"]).items()}


def test_the_lock_names_no_address_path_or_index():
    for line in LOCK.splitlines():
        assert "://" not in line
        assert not line.strip().startswith(("-e", "-f", "-i", "--index", "--extra", "--find", "--trusted"))
        assert not re.search(r"(^|[\s=@])(/|~|\.\.?/|[A-Z]:\\)", line), line
        assert " @ " not in line
    assert LOCK.splitlines()[1] == "#    make lock"


def test_the_lock_pins_every_dependency_within_its_bounds():
    extras = PROJECT["optional-dependencies"].values()
    wanted = requirements(PROJECT["dependencies"] + [line for extra in extras for line in extra])
    locked = pins(LOCK)
    assert wanted.keys() <= locked.keys()
    outside = {
        name: pinned
        for name, each in wanted.items()
        for pinned in locked[name]
        if not each.specifier.contains(pinned, prereleases=True)
    }
    assert outside == {}


def test_every_pin_of_the_lock_has_hashes():
    entries = [entry for entry in re.split(r"\n(?=\S)", LOCK) if not entry.startswith("#")]
    assert len(entries) > 100
    for entry in entries:
        head, *rest = entry.splitlines()
        assert "==" in head
        assert rest[0].strip().startswith("--hash=sha256:"), head


@pytest.mark.parametrize("python", ["3.11.0", "3.12.0", "3.13.0"])
def test_the_lock_pins_a_package_once_for_each_python(python):
    counts: dict[str, int] = {}
    where = {"python_full_version": python, "python_version": python[:4], "sys_platform": "linux"}
    for line in re.findall(r"^[A-Za-z0-9._-]+==.*?(?=\s*\\?$)", LOCK, flags=re.MULTILINE):
        pin, _, marker = line.partition(";")
        if not marker or Marker(marker).evaluate(where):
            name = pin.partition("==")[0]
            counts[name] = counts.get(name, 0) + 1
    assert {name: count for name, count in counts.items() if count != 1} == {}


def test_citation_project_and_installation_agree_on_the_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == PROJECT["version"] == version("pingan_lib")


def test_every_module_stands_on_its_floor():
    assert {place(module) for module in MODULES} - {"__init__"} <= FLOOR_OF.keys()


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_down_only(module):
    floor = FLOOR_OF.get(place(module), len(FLOORS))  # __init__ shows what is below
    inside = {name.split(".")[1] for name in imports(module) if name.startswith("pingan_lib.")} - {
        "__version__"
    }
    assert {name for name in inside - {place(module)} if FLOOR_OF[name] >= floor} == set()


def test_papermill_is_known_to_the_engine_and_kernels_alone():
    users = {place(module) for module in MODULES for name in imports(module) if name.startswith("papermill")}
    assert users == {"engine", "kernels"}


def test_every_package_that_is_imported_is_declared():
    imported = {name.split(".")[0] for module in MODULES for name in imports(module)}
    foreign = imported - set(sys.stdlib_module_names) - {"pingan_lib"}
    declared = requirements([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["cluster"]]).keys()
    providers = packages_distributions()
    undeclared = {
        name for name in foreign if not {canonicalize_name(each) for each in providers[name]} & declared
    }
    assert undeclared == set()


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """What is in the wheel that is built from the source distribution."""
    built, unpacked = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("unpacked")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(built), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(unpacked)
    return unpacked


def test_the_wheel_carries_words_templates_and_fonts(unpacked):
    inside = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*")}
    wanted = {
        path.relative_to(ROOT).as_posix()
        for folder, suffixes in (
            ("words", {".toml"}),
            ("templates", {".j2", ".css", ".js", ".json", ".md"}),
            ("fonts", {".otf", ".txt"}),
        )
        for path in (PACKAGE / folder).rglob("*")
        if path.suffix in suffixes
    }
    assert {Path(name).parts[1] for name in wanted} == {"words", "templates", "fonts"}
    assert wanted <= inside


def test_the_wheel_carries_the_example_from_its_one_source(unpacked):
    example = unpacked / "pingan_lib" / "example"
    carried = {path.relative_to(example).as_posix() for path in example.rglob("*") if path.is_file()}
    assert {Path(name).parts[0] for name in carried} == {"data", "seeds", "notebooks"}
    assert {"data/datapackage.json", "data/figures.csv", "notebooks/00_start_here.ipynb"} <= carried
    for name in carried:
        assert (example / name).read_bytes() == (ROOT / name).read_bytes(), name
    assert not (PACKAGE / "example").exists()


def test_away_from_the_clone_the_wheel_makes_a_project_and_checks_it(unpacked, tmp_path):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(unpacked)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    assert run("-c", "import pingan_lib; print(pingan_lib.__file__)").startswith(str(unpacked))
    example = run("-c", "from pingan_lib.project import shipped; print(shipped())")
    assert example == f"{unpacked / 'pingan_lib' / 'example'}\n"
    project = tmp_path / "两城 比较"
    assert run("-m", "pingan_lib.cli", "init", project.name) == f"{project}\n"
    assert run("-m", "pingan_lib.cli", "--project", project.name, "check") == f"No problem in {project}\n"


def test_an_editable_install_copies_nothing(tmp_path, monkeypatch):
    """Files that the wheel takes from beside the package would go stale in site-packages."""
    monkeypatch.chdir(ROOT)
    with zipfile.ZipFile(tmp_path / build_editable(str(tmp_path))) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        assert names == {"_pingan_lib.pth"}
        assert Path(wheel.read("_pingan_lib.pth").decode().strip()) == ROOT


def test_the_public_names_load_nothing_heavy():
    heavy = {
        "matplotlib",
        "seaborn",
        "statsmodels",
        "papermill",
        "nbconvert",
        "nbformat",
        "frictionless",
        "scipy",
    }
    code = "import sys; from pingan_lib import *; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert heavy & set(loaded.split()) == set()


def test_every_public_name_is_there_and_is_told_by_dir():
    assert set(pingan_lib.__all__) <= set(dir(pingan_lib))
    for name in pingan_lib.__all__:
        assert getattr(pingan_lib, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'load_corpse'"):
        pingan_lib.load_corpse  # noqa: B018


def test_importing_the_package_imports_none_of_its_modules():
    code = "import sys, pingan_lib; print([name for name in sys.modules if name.startswith('pingan_lib.')])"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert loaded.strip() == "[]"


def test_the_readmes_examples_give_what_they_say(monkeypatch):
    monkeypatch.chdir(ROOT)
    outcome = doctest.testfile(str(ROOT / "README.md"), module_relative=False, encoding="utf-8")
    assert outcome.attempted >= 10
    assert outcome.failed == 0
