"""What is there already: whether a run need not be made, and if it must be, why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from pingan_lib.index import FAILED, RUNS
from pingan_lib.manifest import Manifest, ManifestError, read_manifest
from pingan_lib.runs.plan import Plan
from pingan_lib.runs.work import Run


class KeptRuns:
    """The runs that a folder of reports keeps.

    Parameters
    ----------
    out_dir : Path
    """

    def __init__(self, out_dir: Path) -> None:
        self.folder = out_dir / RUNS
        self._manifests: list[Manifest] | None = None

    def find(self, plan: Plan) -> Run | None:
        """Return the run of a plan, if it is there, whole and done."""
        folder = self.folder / plan.name
        try:
            manifest = read_manifest(folder)
        except ManifestError:
            return None
        return None if _fault(folder, manifest, plan) else Run(folder, manifest)

    def why_not(self, plan: Plan) -> str:
        """Say why a plan has no run here that could stand for it: what differs from the run that is nearest.

        Returns
        -------
        str
            A few words, for a person; empty if there is such a run.
        """
        folder = self.folder / plan.name
        if folder.is_dir():
            try:
                return _fault(folder, read_manifest(folder), plan)
            except ManifestError as error:
                return str(error).partition("\n")[0]
        if (self.folder / f"{plan.name}{FAILED}").is_dir():
            return "it failed before"
        found = [each for each in self._read() if each.notebook["name"] == plan.notebook["name"]]
        if not found:
            return "the notebook was not run here before"
        return min((_differences(each, plan) for each in found), key=len)[0]

    def _read(self) -> list[Manifest]:
        if self._manifests is None:
            self._manifests = []
            for folder in sorted(self.folder.glob("*")):
                if not folder.name.startswith(".") and folder.is_dir():
                    try:
                        self._manifests.append(read_manifest(folder))
                    except ManifestError:
                        continue
        return self._manifests


def _fault(folder: Path, manifest: Manifest, plan: Plan) -> str:
    """Say what is wrong with a run that should be the one of a plan; empty if nothing is."""
    if manifest.key != plan.key:
        return "the run in its place has another key"
    if manifest.status != "done":
        return "it failed before"
    for execution in manifest.executions.values():
        notebook, page = execution["notebook"], execution["page"]
        if notebook is None or not (folder / notebook).is_file():
            return f"{notebook or 'its notebook'} is missing"
        if page is not None:
            try:
                content = (folder / page).read_bytes()
            except OSError:
                return f"{page} is missing"
            if hashlib.sha256(content).hexdigest() != execution["page_sha256"]:
                return f"{page} was changed"
    return ""


def _differences(manifest: Manifest, plan: Plan) -> list[str]:
    """Say what differs between a run and a plan, one text that names all of it first."""
    found = []
    if manifest.notebook["sha256"] != plan.notebook["sha256"]:
        found.append("the notebook has changed")
    found += [
        f"{name} is {_said(plan.parameters.get(name))}, not {_said(manifest.parameters.get(name))}"
        for name in {**plan.parameters, **manifest.parameters}
        if plan.parameters.get(name) != manifest.parameters.get(name)
    ]
    if tuple(manifest.executions) != plan.languages:
        found.append(f"the languages are {', '.join(plan.languages)}, not {', '.join(manifest.executions)}")
    if manifest.data["sha256"] != plan.data["sha256"]:
        found.append(_files(plan.data["files"], manifest.data["files"]))
    if manifest.library["sha256"] != plan.tools.library["sha256"]:
        found.append("pingan_lib has changed")
    if manifest.source_date_epoch != plan.tools.source_date_epoch:
        found.append("SOURCE_DATE_EPOCH is another one")
    return ["; ".join(found) or "its folder is gone", *found]


def _files(now: Mapping[str, str], before: Mapping[str, str]) -> str:
    changed = [name for name in {**now, **before} if now.get(name) != before.get(name)]
    return f"{_some(changed)} {'has' if len(changed) == 1 else 'have'} changed"


def _some(names: Iterable[str]) -> str:
    first, *more = names
    return f"{first} and {len(more)} more files" if len(more) > 1 else " and ".join([first, *more])


def _said(value: object) -> str:
    return repr(value) if value not in ("", None) else "not set"
