"""A run folder as a Workflow Run RO-Crate: what was run, with which values, on which data, and what came of it."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from pathlib import Path
from shlex import join
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pingan_lib.manifest import MANIFEST, Execution, Manifest
from pingan_lib.notebooks import notebook_parameters
from pingan_lib.table_files import write_bytes

if TYPE_CHECKING:
    from rocrate.model import Entity
    from rocrate.rocrate import ROCrate

CRATE = "ro-crate-metadata.json"

# Workflow Run Crate 0.5 is the last one that builds on RO-Crate 1.1.
_VERSION = "1.1"
_PROFILES = (
    ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
    ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"),
)
# The two terms of that profile which the context of RO-Crate 1.1 has not.
_TERMS = MappingProxyType(
    {
        "environment": "https://w3id.org/ro/terms/workflow-run#environment",
        "sha256": "https://w3id.org/ro/terms/workflow-run#sha256",
    }
)
_RIGHTS = (
    "The pages and executed notebooks quote articles that belong to their publishers; no licence of this crate "
    "covers those passages. The terms of the coded tables stand in data/datapackage.json of the project, those "
    "of pingan_lib in its LICENSE."
)
_STATUS = {
    "done": "http://schema.org/CompletedActionStatus",
    "failed": "http://schema.org/FailedActionStatus",
}
_FORMATS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".lock": "text/plain",
    ".md": "text/markdown",
    ".txt": "text/plain",
}
_TYPES = {"int": "Integer", "float": "Float", "bool": "Boolean", "dict": "PropertyValue"}
_HOMES = {
    "python": "https://www.python.org/",
    "papermill": "https://papermill.readthedocs.io/",
}


def write_crate(folder: str | Path, manifest: Manifest) -> Path:
    """Describe a run folder by `ro-crate-metadata.json`, a Workflow Run RO-Crate.

    The crate follows Workflow Run Crate 0.5, Process Run Crate 0.5 and Workflow RO-Crate 1.0, all on RO-Crate 1.1.
    The data files are not part of the folder: they are named by their path, and by their hash as an `ni` URI of
    RFC 6920. No person is named as the one who ran it, since a run knows none. Nothing is asked of any host.

    Parameters
    ----------
    folder : str or Path
        A run folder, with `source/<name>.ipynb` in place.
    manifest : Manifest

    Returns
    -------
    Path
        The file written, with the same bytes for the same manifest and notebook.

    Raises
    ------
    RunError
        If the notebook in `source` cannot be read.
    UsageError
        If the file cannot be written.
    """
    # reads the whole of schema.org when it is imported
    from rocrate.rocrate import ROCrate

    folder = Path(folder)
    crate = ROCrate(version=_VERSION)
    crate.metadata.extra_terms.update(_TERMS)
    executions = manifest.executions
    first = next(iter(executions.values()))

    _root(crate, manifest)
    software = _software(crate, manifest)
    workflow = _workflow(crate, folder, manifest)
    workflow["softwareRequirements"] = software
    inputs = [_data(crate, manifest), *_values(crate, manifest)]
    actions = [
        _action(crate, manifest, language, execution, workflow, inputs)
        for language, execution in executions.items()
    ]
    engine = _add(
        crate,
        f"#{manifest.run}",
        "OrganizeAction",
        name=f"Run {manifest.run} of {manifest.notebook['name']}",
        identifier=manifest.key,
        instrument=software,
        startTime=_time(manifest.started),
        endTime=_time(manifest.ended),
        result=_one(actions),
    )
    _file(crate, MANIFEST, name="Manifest of the run", about=engine)
    root = crate.root_dataset
    root["name"] = first["title"] or manifest.notebook["name"]
    root["mentions"] = [*actions, engine]

    graph = crate.metadata.generate()
    text = json.dumps(graph, ensure_ascii=False, indent=2, sort_keys=True)
    path = folder / CRATE
    write_bytes(path, f"{text}\n".encode())
    return path


def _root(crate: ROCrate, manifest: Manifest) -> None:
    """What the whole crate is, by which profiles, from when, and under which terms."""
    epoch = manifest.source_date_epoch
    published = datetime.fromtimestamp(epoch, UTC).isoformat() if epoch is not None else manifest.ended
    questions = [each["question"] for each in manifest.executions.values() if each["question"]]
    root = crate.root_dataset
    root["conformsTo"] = [
        _add(crate, address, "CreativeWork", name=name, version=version)
        for address, name, version in _PROFILES
    ]
    root["datePublished"] = published[:10]
    root["description"] = " / ".join([*questions, f"Run {manifest.run}: {manifest.status}."])
    root["license"] = _add(
        crate,
        "#rights",
        "CreativeWork",
        name="Quoted articles belong to their publishers",
        description=_RIGHTS,
    )


def _workflow(crate: ROCrate, folder: Path, manifest: Manifest) -> Entity:
    """The notebook without outputs, with a slot for each of its parameters and for what it makes."""
    from rocrate.model import ComputerLanguage

    name = manifest.notebook["name"]
    path = f"source/{name}"
    declared = notebook_parameters(folder / path)
    source = json.loads((folder / path).read_text("utf-8"))
    language = crate.add(ComputerLanguage(crate, "#jupyter-notebook"))
    language.name, language.url = "Jupyter Notebook", "https://nbformat.readthedocs.io/"
    language.version = f"{source['nbformat']}.{source['nbformat_minor']}"
    slots = []
    for parameter in declared:
        kind, _, _ = parameter.type.replace(" ", "").removesuffix("|None").partition("[")
        slot = _add(
            crate,
            f"#parameter-{parameter.name}",
            "FormalParameter",
            name=parameter.name,
            additionalType=_TYPES.get(kind.lower(), "Text"),
            description=parameter.help or parameter.name,
            defaultValue=_written(parameter.default),
        )
        if kind.lower() == "list":
            slot["multipleValues"] = "True"
        slots.append(slot)
    made = [
        _add(crate, f"#output-{each}", "FormalParameter", name=each, additionalType="File", description=text)
        for each, text in (("notebook", "The executed notebook"), ("page", "The page made of it"))
    ]
    workflow: Entity = crate.add_workflow(
        dest_path=path,
        main=True,
        lang=language,
        properties={
            "name": name.removesuffix(".ipynb"),
            "encodingFormat": _FORMATS[".ipynb"],
            # over the cells: a copy that was saved with other outputs is the same notebook
            "version": f"sha256:{manifest.notebook['sha256']}",
            "output": made,
        },
    )
    if slots:
        workflow["input"] = _one(slots)
    return workflow


def _software(crate: ROCrate, manifest: Manifest) -> Entity:
    """The library and what it stands on, with versions, and the lock file that pins the rest."""
    library, lock = manifest.library, manifest.lock
    needs = [
        _add(
            crate,
            _HOMES.get(name, f"#{name}"),
            "SoftwareApplication",
            name=name,
            softwareVersion=version,
            **({"url": _HOMES[name]} if name in _HOMES else {}),
            **({"operatingSystem": manifest.system} if name == "python" else {}),
        )
        for name, version in manifest.versions.items()
    ]
    if lock is not None:
        needs.append(_hashed(crate, lock["path"], lock["sha256"]))
    return _add(
        crate,
        f"#{library['name']}",
        "SoftwareApplication",
        name=library["name"],
        softwareVersion=library["version"],
        identifier=_digest(crate, "library", "SHA-256 over the package's files", library["sha256"]),
        softwareRequirements=_one(needs),
    )


def _data(crate: ROCrate, manifest: Manifest) -> Entity:
    """The data of the project, which stays outside: its files by hash, and the articles that it was coded from."""
    data = manifest.data
    dataset = _add(
        crate,
        "#data",
        "Dataset",
        name=data["name"],
        description="The tables and article texts that the run read. They are not in this folder.",
        identifier=_digest(crate, "data", "SHA-256 over the list of the files' hashes", data["sha256"]),
        hasPart=_one([_hashed(crate, path, digest) for path, digest in data["files"].items()]),
    )
    if data["version"]:
        dataset["version"] = data["version"]
    articles = []
    for article in data["articles"]:
        stated = {
            "publisher": article["publisher"],
            "datePublished": article["published"],
            "url": article["url"],
        }
        known = {term: text for term, text in stated.items() if text}
        articles.append(
            _add(
                crate, f"#article-{article['id']}", "Article", name=article["title"], inLanguage="zh", **known
            )
        )
    if articles:
        dataset["isBasedOn"] = _one(articles)
    return dataset


def _values(crate: ROCrate, manifest: Manifest) -> list[Entity]:
    """The value that each parameter had."""
    return [_value(crate, name, name, value) for name, value in manifest.parameters.items()]


def _value(crate: ROCrate, key: str, name: str, value: Any) -> Entity:
    slot = crate.get(f"#parameter-{name}")
    fits = {} if slot is None else {"exampleOfWork": slot}
    return _add(crate, f"#value-{key}", "PropertyValue", name=name, value=_written(value), **fits)


def _action(
    crate: ROCrate,
    manifest: Manifest,
    language: str,
    execution: Execution,
    workflow: Entity,
    inputs: list[Entity],
) -> Entity:
    """One execution: of this workflow, from these inputs, to a notebook and a page."""
    used = list(inputs)
    if crate.get("#parameter-language") is not None and "language" not in manifest.parameters:
        used.append(_value(crate, f"language-{language}", "language", language))
    made = []
    if execution["notebook"]:
        made.append(
            _made(crate, "notebook", execution["notebook"], f"Executed notebook ({language})", language)
        )
    if execution["page"]:
        page = _made(crate, "page", execution["page"], f"Page ({language})", language)
        page["sha256"] = execution["page_sha256"]
        page["contentSize"] = str(execution["page_bytes"])
        made.append(page)
    values = [word for name, value in manifest.parameters.items() for word in ("-p", name, _written(value))]
    action = _add(
        crate,
        f"#{manifest.run}-{language}",
        "CreateAction",
        name=f"{manifest.notebook['name']} in {language}",
        description=join(["pingan", "run", manifest.notebook["name"], *values]),
        startTime=_time(execution["started"]),
        endTime=_time(execution["ended"]),
        actionStatus=_STATUS[execution["status"]],
        instrument=workflow,
        object=used,
    )
    if made:
        action["result"] = _one(made)
    if execution["status"] == "failed":
        action["error"] = execution["message"]
    if manifest.source_date_epoch is not None:
        epoch = str(manifest.source_date_epoch)
        action["environment"] = _add(
            crate, "#environment-date", "PropertyValue", name="SOURCE_DATE_EPOCH", value=epoch
        )
    return action


def _made(crate: ROCrate, kind: str, path: str, name: str, language: str) -> Entity:
    return _file(crate, path, name=name, inLanguage=language, exampleOfWork=crate.get(f"#output-{kind}"))


def _file(crate: ROCrate, path: str, **properties: Any) -> Entity:
    """A file of the folder; it becomes a part of the crate."""
    described = {"encodingFormat": _FORMATS[Path(path).suffix], **properties}
    entity: Entity = crate.add_file(dest_path=path, properties=described)
    return entity


def _hashed(crate: ROCrate, path: str, digest: str) -> Entity:
    """A file that is not in the folder: an id that begins with # says so, the hash says which file it is."""
    name = urlsafe_b64encode(bytes.fromhex(digest)).decode().rstrip("=")
    return _add(
        crate,
        f"#{quote(path)}",
        "File",
        name=path,
        encodingFormat=_FORMATS.get(Path(path).suffix, "application/octet-stream"),
        identifier=f"ni:///sha-256;{name}",
        sha256=digest,
    )


def _digest(crate: ROCrate, key: str, name: str, value: str) -> Entity:
    return _add(crate, f"#sha256-{key}", "PropertyValue", name=name, value=value)


def _add(crate: ROCrate, entity_id: str, kind: str, /, **properties: Any) -> Entity:
    from rocrate.model import ContextEntity

    entity: Entity = crate.add(ContextEntity(crate, entity_id, properties={"@type": kind, **properties}))
    return entity


def _one(values: list[Entity]) -> Entity | list[Entity]:
    """A list of one is written without brackets."""
    return values[0] if len(values) == 1 else values


def _time(text: str) -> str:
    return text.replace("Z", "+00:00")


def _written(value: Any) -> str:
    """A value as it is given on a command line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
