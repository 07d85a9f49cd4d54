"""A run folder as a Workflow Run RO-Crate, read back by hand, by rocrate and by the RO-Crate validator."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import socket
from base64 import urlsafe_b64decode
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from requests import Request
from requests_cache import CachedResponse, CachedSession
from rocrate.rocrate import ROCrate
from rocrate_validator import services
from rocrate_validator.models import Severity

from pingan_lib.crate import CRATE, write_crate
from pingan_lib.manifest import Manifest, write_manifest
from pingan_lib.notebooks import notebook_parameters

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "03_outcomes.ipynb"
RUN = "03_outcomes-1a2b3c4d"
FIGURES = b"figure_id,value\n"
ARTICLE = "虚构市：调解成功率95.97%。".encode()


def execution(suffix, title, question, **others):
    stem = f"03_outcomes{suffix}"
    return {
        "status": "done",
        "message": "",
        "started": "2026-11-22T07:00:00Z",
        "ended": "2026-11-22T07:00:09Z",
        "seconds": 9.0,
        "notebook": f"{stem}.ipynb",
        "page": f"{stem}.html",
        "page_sha256": hashlib.sha256(title.encode()).hexdigest(),
        "page_bytes": len(title.encode()),
        "title": title,
        "question": question,
        "findings": [],
        "tallies": {},
        "cells": [{"id": "setup", "status": "done", "seconds": 1.2}],
        **others,
    }


def digest(content):
    return hashlib.sha256(content).hexdigest()


DONE = Manifest(
    format="pingan-run/1",
    run=RUN,
    key="1a2b3c4d" * 8,
    status="done",
    message="",
    notebook={
        "name": "03_outcomes.ipynb",
        "path": "notebooks/03_outcomes.ipynb",
        "kind": "report",
        "sha256": "0c" * 32,
    },
    parameters={
        "city_a": "",
        "city_b": "xuzhi",
        "confidence": 0.95,
        "power": 0.8,
        "rounding": "nearest",
        "surplus": "next_digit",
        "anyway": False,
    },
    given=["city_b"],
    cities=[{"id": "xugou", "en": "Xugou (invented)", "zh": "虚构市"}],
    data={
        "name": "two_invented_cities",
        "version": "1.0.0",
        "sha256": "d0" * 32,
        "files": {"data/figures.csv": digest(FIGURES), "seeds/虚构 市.txt": digest(ARTICLE)},
        "articles": [
            {
                "id": "xugou_2024",
                "city": "xugou",
                "title": "虚构市平安建设",
                "publisher": "虚构日报",
                "published": "2024-05-01",
                "url": "",
            }
        ],
    },
    library={"name": "pingan_lib", "version": "0.1.0", "sha256": "11" * 32},
    lock={"path": "requirements.lock", "sha256": "22" * 32},
    versions={"python": "3.11.2", "pandas": "3.1.1", "papermill": "2.7.0"},
    system="Linux x86_64",
    source_date_epoch=None,
    started="2026-11-22T07:00:00Z",
    ended="2026-11-22T07:00:12Z",
    seconds=12.0,
    executions={
        "en": execution("", "Outcomes", "Which reported figures may be compared?"),
        "zh": execution(".zh", "成效", "哪些数字可以比较？"),
    },
)
FAILED = replace(
    DONE,
    status="failed",
    message="zh: KeyError in cell 'pairs'",
    source_date_epoch=1_700_000_000,
    executions={
        "en": DONE.executions["en"],
        "zh": execution(
            ".zh",
            "",
            "",
            status="failed",
            message="KeyError in cell 'pairs'",
            notebook="03_outcomes.zh.failed.ipynb",
            page=None,
            page_sha256=None,
            page_bytes=None,
        ),
    },
)


@pytest.fixture
def made(tmp_path):
    """A folder of the manifest's files with its crate."""

    def make(manifest, name=RUN):
        folder = tmp_path / name
        (folder / "source").mkdir(parents=True)
        shutil.copy(NOTEBOOK, folder / "source")
        for each in manifest.executions.values():
            shutil.copy(NOTEBOOK, folder / each["notebook"])
            if each["page"]:
                (folder / each["page"]).write_text(each["title"], "utf-8")
        write_manifest(manifest, folder)
        assert write_crate(folder, manifest) == folder / CRATE
        return folder

    return make


def entities(folder):
    graph = json.loads((folder / CRATE).read_text("utf-8"))["@graph"]
    found = {each["@id"]: each for each in graph}
    assert len(found) == len(graph)
    return found


def listed(value):
    return [each["@id"] for each in (value if isinstance(value, list) else [value])]


def test_every_file_of_the_folder_is_a_part_and_no_other(made):
    for manifest, name in ((DONE, "done"), (FAILED, "failed")):
        folder = made(manifest, name)
        there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        assert {*listed(entities(folder)["./"]["hasPart"]), CRATE} == there


def test_each_reference_leads_to_an_entity(made):
    found = entities(made(FAILED))
    pointed = {
        each["@id"]
        for entity in found.values()
        for value in entity.values()
        for each in (value if isinstance(value, list) else [value])
        if isinstance(each, dict)
    }
    assert pointed - found.keys() == {"https://w3id.org/ro/crate/1.1"}
    assert found.keys() - pointed == {CRATE}


def test_a_parameter_is_a_slot_of_the_notebook_and_a_value_of_the_run(made):
    found = entities(made(DONE))
    workflow = found["source/03_outcomes.ipynb"]
    assert found["./"]["mainEntity"] == {"@id": workflow["@id"]}
    assert workflow["@type"] == ["File", "SoftwareSourceCode", "ComputationalWorkflow"]
    declared = notebook_parameters(NOTEBOOK)
    assert listed(workflow["input"]) == [f"#parameter-{each.name}" for each in declared]
    assert [found[f"#parameter-{each.name}"]["description"] for each in declared] == [
        each.help for each in declared
    ]
    slot = found["#parameter-confidence"]
    assert (slot["additionalType"], slot["defaultValue"]) == ("Float", "0.95")
    assert found["#parameter-anyway"]["additionalType"] == "Boolean"
    english, chinese = (found[f"#{RUN}-{language}"] for language in ("en", "zh"))
    values = {
        found[each]["name"]: (found[each]["value"], found[each]["exampleOfWork"]["@id"])
        for each in listed(english["object"])
        if found[each]["@type"] == "PropertyValue"
    }
    written = {**DONE.parameters, "confidence": "0.95", "power": "0.8", "anyway": "false", "language": "en"}
    assert values == {name: (value, f"#parameter-{name}") for name, value in written.items()}
    assert set(listed(chinese["object"])) ^ set(listed(english["object"])) == {
        "#value-language-en",
        "#value-language-zh",
    }


def test_an_action_says_when_and_how_it_ended_and_what_it_made(made):
    found = entities(made(FAILED))
    assert listed(found["./"]["mentions"]) == [f"#{RUN}-en", f"#{RUN}-zh", f"#{RUN}"]
    done, failed = found[f"#{RUN}-en"], found[f"#{RUN}-zh"]
    assert done["actionStatus"] == "http://schema.org/CompletedActionStatus"
    assert "error" not in done
    assert (done["startTime"], done["endTime"]) == ("2026-11-22T07:00:00+00:00", "2026-11-22T07:00:09+00:00")
    assert listed(done["result"]) == ["03_outcomes.ipynb", "03_outcomes.html"]
    assert found["03_outcomes.html"]["sha256"] == digest(b"Outcomes")
    assert failed["actionStatus"] == "http://schema.org/FailedActionStatus"
    assert failed["error"] == "KeyError in cell 'pairs'"
    assert failed["result"] == {"@id": "03_outcomes.zh.failed.ipynb"}
    assert found["https://papermill.readthedocs.io/"]["softwareVersion"] == "2.7.0"
    assert found[f"#{RUN}"]["instrument"] == {"@id": "#pingan_lib"}
    assert found["#environment-date"]["value"] == "1700000000"
    assert found["./"]["datePublished"] == "2023-11-14"


def test_data_stays_outside_and_is_named_by_its_hash(made):
    found = entities(made(DONE))
    parts = [found[each] for each in listed(found["#data"]["hasPart"])]
    assert [each["name"] for each in parts] == ["data/figures.csv", "seeds/虚构 市.txt"]
    for part, content in zip(parts, (FIGURES, ARTICLE), strict=True):
        assert part["@type"] == "File"
        assert part["@id"].startswith("#")
        assert part["sha256"] == digest(content)
        scheme, _, name = part["identifier"].partition(";")
        assert scheme == "ni:///sha-256"
        assert urlsafe_b64decode(f"{name}=") == hashlib.sha256(content).digest()
    assert found["#article-xugou_2024"]["publisher"] == "虚构日报"
    assert found["#pingan_lib"]["softwareRequirements"][-1] == {"@id": "#requirements.lock"}


def test_the_terms_are_not_claimed_for_articles_of_others(made):
    found = entities(made(DONE))
    assert found["./"]["license"] == {"@id": "#rights"}
    assert "no licence of this crate covers those passages" in found["#rights"]["description"]
    assert not [each for each in found.values() if each["@type"] in ("Person", "Organization")]


def test_the_same_manifest_gives_the_same_bytes(made):
    first = (made(DONE, "first") / CRATE).read_bytes()
    assert (made(DONE, "second") / CRATE).read_bytes() == first
    assert first.endswith(b"}\n")
    moved = replace(DONE, lock=None, versions={})
    assert (made(moved, "third") / CRATE).read_bytes() != first


def test_writing_opens_no_connection(made, monkeypatch):
    def refuse(*arguments):
        raise AssertionError("a connection")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    made(DONE)


def test_rocrate_reads_it_back(made):
    crate = ROCrate(made(DONE))
    assert crate.name == "Outcomes"
    assert crate.mainEntity.id == "source/03_outcomes.ipynb"
    assert crate.mainEntity["programmingLanguage"].name == "Jupyter Notebook"
    assert [each.id for each in crate.get_by_type("CreateAction")] == [f"#{RUN}-en", f"#{RUN}-zh"]


# Terms of RO-Crate 1.1 that mean the same in 1.3; a crate that uses another one is not valid here.
SHARED_TERMS = re.findall(
    r"\w+",
    """
    Article ComputerLanguage CreateAction CreativeWork Dataset File OrganizeAction PropertyValue SoftwareApplication
    SoftwareSourceCode about actionStatus additionalType conformsTo contentSize datePublished defaultValue
    description encodingFormat endTime error exampleOfWork hasPart identifier inLanguage instrument isBasedOn license
    mainEntity mentions multipleValues name object operatingSystem programmingLanguage publisher result
    softwareRequirements softwareVersion startTime url value version
    """,
)


@pytest.fixture(scope="module")
def validated(tmp_path_factory):
    """Validate a folder without a network; findings by severity.

    The validator loads the JSON-LD context that a crate names, and takes it from its cache when it is offline.
    No installed package carries the context of RO-Crate 1.1. rocrate carries that of 1.3, and its terms stand in;
    by the changelog of Workflow Run Crate 0.6, four terms of the profile differ between the two.
    """
    cache = tmp_path_factory.mktemp("cache") / "contexts"
    newer = json.loads(files("rocrate").joinpath("data/ro-crate.jsonld").read_text("utf-8"))["@context"]
    context = {
        **{term: newer[term] for term in SHARED_TERMS},
        "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow",
        "FormalParameter": "https://bioschemas.org/FormalParameter",
        "input": "https://bioschemas.org/ComputationalWorkflow#input",
        "output": "https://bioschemas.org/ComputationalWorkflow#output",
    }
    address = "https://w3id.org/ro/crate/1.1/context"
    with CachedSession(str(cache), backend="sqlite", expire_after=-1) as session:
        key = session.cache.create_key(Request("GET", address).prepare())
        session.cache.responses[key] = CachedResponse(
            status_code=200,
            url=address,
            content=json.dumps({"@context": context}).encode(),
            headers={"Content-Type": "application/ld+json"},
        )

    def validate(folder, severity=Severity.RECOMMENDED):
        result = services.validate(
            {
                "rocrate_uri": str(folder),
                "profile_identifier": "workflow-run-crate",
                "requirement_severity": severity,
                "offline": True,
                "cache_path": cache,
            }
        )
        assert not result.skipped_checks
        profiles = {check.requirement.profile.identifier for check in result.executed_checks}
        assert profiles == {
            "ro-crate-1.1",
            "process-run-crate-0.5",
            "workflow-ro-crate-1.0",
            "workflow-run-crate-0.5",
        }
        found = {severity: set() for severity in (Severity.REQUIRED, Severity.RECOMMENDED)}
        for issue in result.get_issues():
            found[issue.severity].add(issue.message)
        return found

    return validate


def test_the_validator_finds_nothing_that_is_required(made, validated):
    """What is checked, and what is not.

    Checked, by the validator's own profiles and offline: RO-Crate 1.1, Process Run Crate 0.5, Workflow RO-Crate 1.0
    and Workflow Run Crate 0.5, every check of severity REQUIRED and RECOMMENDED, the presence of the files among them.

    Not checked: the context of RO-Crate 1.1 itself, for which terms of that of 1.3 stand in (see `validated`);
    whether the addresses of profiles and homepages answer; the hashes of the data files, which are not in the folder;
    the severity OPTIONAL; RO-Crate 1.2 and later, and Workflow Run Crate 0.6, which the validator has not.
    """
    found = validated(made(FAILED))  # with an execution that is done, and one that is not
    assert found[Severity.REQUIRED] == set()
    assert found[Severity.RECOMMENDED] == {
        # a run knows no person and no organisation, and invents none
        "The Action SHOULD have an agent that is a Person or Organization",
        "The Root Data Entity SHOULD have a link to a Contextual Entity representing the `author` of the RO-Crate",
        "The `publisher` property of a `Root Data Entity` SHOULD be an `Organization`",
        # packages are named by name and version, and the library has no homepage
        "The Application SHOULD have a url",
        "The SoftwareApplication id SHOULD be an absolute URI",
        # Bioschemas asks for a creator, a licence and a page of the notebook
        "The Main Workflow SHOULD comply with Bioschemas ComputationalWorkflow profile version 1.0 or later",
        # a run folder has no README
        "The README.md SHOULD be about the crate",
        "The README.md SHOULD have text/markdown as its encodingFormat",
    }


def test_the_validator_as_it_is_set_up_here_sees_a_fault(made, validated):
    folder = made(DONE)
    (folder / "03_outcomes.zh.html").unlink()
    crate = json.loads((folder / CRATE).read_text("utf-8"))
    crate["@graph"][0]["creditText"] = "a term that RO-Crate 1.1 has not"
    for entity in crate["@graph"]:
        entity.pop("programmingLanguage", None)
        entity.pop("instrument", None)
    (folder / CRATE).write_text(json.dumps(crate), "utf-8")
    unknown = 'The 1 occurrence of the JSON-LD key "creditText" is not allowed in the compacted format'
    executed = "At least one CreateAction, ActivateAction or UpdateAction MUST reference"
    assert validated(folder, Severity.REQUIRED)[Severity.REQUIRED] == {
        f"{executed} the root data entity's mainEntity as its instrument.",
        f"{unknown} because it is not defined as a term or compact IRI by the @context of the document",
        "The Main Workflow must refer to its language via programmingLanguage",
        "The Action MUST have an instrument property that references the executed tool",
        "The RO-Crate does not include the Data Entity '03_outcomes.zh.html' as part of its payload",
    }
