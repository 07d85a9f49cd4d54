"""The notebooks of a project: which there are, what parameters they declare, and whether a value fits."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pingan_lib.errors import RunError, UsageError, choices
from pingan_lib.words import LANGUAGES

_YES_NO: Mapping[str, bool] = MappingProxyType(
    {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
)


@dataclass(frozen=True)
class Parameter:
    """A parameter that a notebook declares in its cell tagged `parameters`.

    Attributes
    ----------
    name : str
    type : str
        The annotation, as written (`str`, `list[str]`); without one, the type of the default.
    default : object
        The value in the notebook; its source text where it is not a literal.
    help : str
        The comment behind it; may be empty.
    """

    name: str
    type: str
    default: Any
    help: str


def find_notebooks(folder: str | Path) -> list[Path]:
    """List the notebooks of a folder, sorted by name.

    Parameters
    ----------
    folder : str or Path
        Folders below it are not searched; hidden files are left out.

    Returns
    -------
    list of Path
        Empty where the folder does not exist.
    """
    return sorted(path for path in Path(folder).glob("*.ipynb") if not path.name.startswith("."))


def resolve_notebook(name: str | Path, folder: str | Path) -> Path:
    """Find one notebook by its number, its name or its path.

    Parameters
    ----------
    name : str or Path
        `03`, `03_outcomes`, `03_outcomes.ipynb`, or the path of any notebook.
    folder : str or Path
        Where numbers and names are looked up.

    Returns
    -------
    Path

    Raises
    ------
    UsageError
        If there is none, or if a number fits several.
    """
    asked = str(name)
    known = find_notebooks(folder)
    found = [path for path in known if asked in (path.stem, path.name)]
    found = found or [path for path in known if path.stem.partition("_")[0] == asked]
    if len(found) > 1:
        raise UsageError(f"Several notebooks are numbered {asked}: {', '.join(path.stem for path in found)}.")
    if found:
        return found[0]
    path = Path(name)
    if path.suffix == ".ipynb" and path.is_file():
        return path
    raise UsageError(choices("notebook", asked, [each.stem for each in known]))


def notebook_kind(path: str | Path) -> str:
    """Say what a notebook is for: `report`, `tour`, or nothing that the project knows.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    str
        The notebook's metadata `pingan.kind`; empty where it has none.

    Raises
    ------
    RunError
        If the file is not a notebook.
    """
    return str(_read(path)["metadata"].get("pingan", {}).get("kind", ""))


def notebook_parameters(path: str | Path) -> list[Parameter]:
    """Read the parameters that a notebook declares.

    The cell is parsed as Python, which takes what papermill's line by line inspection drops without an error:
    a comment or a default that holds a second equals sign, and types such as `str | None`.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    list of Parameter
        In the order of the cell; empty where the notebook has no such cell.

    Raises
    ------
    RunError
        If the file is not a notebook, or the cell is not Python.
    """
    for cell in _read(path)["cells"]:
        if "parameters" in cell["metadata"].get("tags", ()):
            source = "".join(cell["source"])
            try:
                return [parameter for line in ast.parse(source).body for parameter in _declared(line, source)]
            except SyntaxError as error:
                raise RunError(f"{Path(path).name}: the parameters cell is not Python: {error}.") from error
    return []


def parse_parameters(
    given: Mapping[str, str], declared: Sequence[Parameter], cities: Sequence[str] = ()
) -> dict[str, Any]:
    """Turn words from a command line into values of the declared types, or refuse them.

    Parameters
    ----------
    given : mapping of str to str
        Names and values. A `str` stays as it is written, `001` too; `bool` is true, false, yes, no, 1 or 0;
        lists and dictionaries are written in JSON.
    declared : sequence of Parameter
    cities : sequence of str
        Ids of the places that can be compared: what `city_a` and its like may be. An empty value leaves the
        choice to the notebook.

    Returns
    -------
    dict
        A value for each given name.

    Raises
    ------
    UsageError
        For a name that is not declared, a value of the wrong type, a city or language that does not exist,
        or the same city twice.
    """
    types = {parameter.name: parameter.type for parameter in declared}
    values: dict[str, Any] = {}
    for name, text in given.items():
        if name not in types:
            raise UsageError(choices("parameter", name, list(types)))
        values[name] = _converted(name, text, types[name])
    chosen = {name: value for name, value in values.items() if name.startswith("city_") and value}
    for name, city in chosen.items():
        if city not in cities:
            raise UsageError(f"{name}: {choices('city', str(city), list(cities))}")
    if values.get("language", "en") not in LANGUAGES:
        raise UsageError(choices("language", values["language"], list(LANGUAGES)))
    if "city_a" in chosen and chosen["city_a"] == chosen.get("city_b"):
        raise UsageError(
            f"city_a and city_b are both {chosen['city_a']!r}: a comparison needs two cities. "
            f"Valid: {', '.join(cities)}."
        )
    return values


def _read(path: str | Path) -> Mapping[str, Any]:
    """A notebook as JSON: enough to look at it, and half a second faster than importing nbformat."""
    try:
        found = json.loads(Path(path).read_text("utf-8"))
        if (
            found["nbformat"] == 4
            and all("metadata" in cell for cell in found["cells"])
            and "metadata" in found
        ):
            return dict(found)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} is not a notebook: {error or type(error).__name__}.") from error
    raise RunError(f"{path} is not a notebook of format 4: open it in JupyterLab and save it again.")


def _declared(line: ast.stmt, source: str) -> list[Parameter]:
    """The parameter that one statement of the cell declares, if it does."""
    annotation = ""
    if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value is not None:
        name, value, annotation = line.target.id, line.value, ast.unparse(line.annotation).strip("'\"")
    elif isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
        name, value = line.targets[0].id, line.value
    else:
        return []
    try:
        default = ast.literal_eval(value)
        annotation = annotation or type(default).__name__
    except ValueError:
        default = ast.unparse(value)
    # ast counts columns in bytes
    rest = source.encode().splitlines()[(line.end_lineno or 1) - 1][line.end_col_offset :].decode()
    return [Parameter(name, annotation, default, rest.partition("#")[2].strip())]


def _converted(name: str, text: str, type_name: str) -> Any:
    outer = type_name.replace(" ", "").removesuffix("|None").partition("[")
    kind = outer[0].lower()
    try:
        if kind in _READERS:
            value = _READERS[kind][0](text)
            inner = outer[2].removesuffix("]")
            if (
                kind == "list"
                and inner in _READERS
                and not all(type(each).__name__ == inner for each in value)
            ):
                raise ValueError
            return value
    except (ValueError, KeyError, TypeError):
        raise UsageError(
            f"{name} is declared as {type_name}, and {text!r} is none: write {_READERS[kind][1]}."
        ) from None
    return text


def _json(text: str, kind: type) -> Any:
    value = json.loads(text)
    if not isinstance(value, kind):
        raise TypeError
    return value


_READERS: Mapping[str, tuple[Callable[[str], Any], str]] = MappingProxyType(
    {
        "int": (int, "a whole number such as 3"),
        "float": (float, "a number such as 0.95"),
        "bool": (lambda text: _YES_NO[text.lower()], "true or false"),
        "list": (lambda text: _json(text, list), """a list in JSON, such as '["a", "b"]' or '[1, 2]'"""),
        "dict": (lambda text: _json(text, dict), """an object in JSON, such as '{"a": 1}'"""),
        "str": (str, "text"),
    }
)
