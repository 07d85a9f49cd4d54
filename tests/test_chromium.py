"""What is asked of a browser, and what is said where there is none or it fails: with programs that stand in for one."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

import pytest

from pingan_lib import chromium
from pingan_lib.chromium import CHOSEN, find_chromium, pdf_from_html, pdfs_from_html
from pingan_lib.errors import PinganError, UsageError

PAGE = '<!DOCTYPE html><html lang="en"><title>A page</title><p>95.97%</p></html>'


@pytest.fixture
def browser(tmp_path, monkeypatch):
    """Make a program from lines of Python, and choose it as the browser."""

    def make(body: str) -> Path:
        program = tmp_path / "browser"
        start = (
            f"#!{sys.executable}\nimport os, sys, time\nfrom pathlib import Path\nfrom urllib.parse import urlsplit\n"
            "given = dict(part.lstrip('-').partition('=')[::2] for part in sys.argv[1:-1])\n"
            "page, pdf = Path(urlsplit(sys.argv[-1]).path), Path(given['print-to-pdf'])\n"
        )
        program.write_text(start + body, encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setenv(CHOSEN, str(program))
        return program

    return make


ECHO = 'pdf.write_bytes(b"%PDF-1.4\\n/CreationDate (D:20261122071006+08\'00\') " + page.read_bytes() + b"\\n%%EOF\\n")'


def test_the_page_is_given_and_the_pdf_taken(browser):
    browser(ECHO)
    assert PAGE.encode() in pdf_from_html(PAGE)


def test_nothing_is_asked_of_any_host(browser, tmp_path):
    browser(f"Path({str(tmp_path / 'given')!r}).write_text('\\n'.join(sys.argv[1:]))\n{ECHO}")
    pdf_from_html(PAGE)
    given = (tmp_path / "given").read_text().splitlines()
    assert {"--headless", "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND"} <= set(given)
    assert "--no-pdf-header-footer" in given
    assert ("--no-sandbox" in given) == (os.geteuid() == 0)
    (profile,) = (each for each in given if each.startswith("--user-data-dir="))
    assert not Path(profile.partition("=")[2]).exists()  # it was a temporary one


def test_dates_in_a_pdf_are_the_one_that_is_set(browser, monkeypatch):
    browser(ECHO)
    assert b"(D:20261122071006+08'00')" in pdf_from_html(PAGE)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    assert b"(D:20010909014640+00'00')" in pdf_from_html(PAGE)


def test_many_pages_keep_their_order(browser):
    browser(ECHO)
    pages = [PAGE.replace("95.97", str(number)) for number in range(5)]
    assert [page.encode() in pdf for page, pdf in zip(pages, pdfs_from_html(pages), strict=True)] == [
        True
    ] * 5


def test_where_there_is_no_browser_it_says_what_was_looked_for(monkeypatch, tmp_path):
    monkeypatch.delenv(CHOSEN, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PinganError, match="none was found") as caught:
        find_chromium()
    assert all(
        name in str(caught.value) for name in ("google-chrome", "chromium", "microsoft-edge", CHOSEN, "A4")
    )


def test_the_first_on_the_path_is_taken_and_the_chosen_one_before_it(monkeypatch, tmp_path, browser):
    chosen = browser(ECHO)
    for name in ("microsoft-edge", "chromium"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_chromium() == str(chosen)
    monkeypatch.delenv(CHOSEN)
    assert find_chromium() == str(tmp_path / "chromium")


@pytest.mark.parametrize(
    ("system", "variable", "place"),
    [
        ("Darwin", "HOME", "Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        ("Windows", "PROGRAMFILES", "Microsoft/Edge/Application/msedge.exe"),
    ],
)
def test_other_systems_have_places_of_their_own(monkeypatch, tmp_path, system, variable, place):
    program = tmp_path / place
    program.parent.mkdir(parents=True)
    program.touch()
    monkeypatch.delenv(CHOSEN, raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setattr("platform.system", lambda: system)
    assert find_chromium() == str(program)


def test_a_choice_that_is_no_program_is_refused(monkeypatch):
    monkeypatch.setenv(CHOSEN, "/nowhere/chromium")
    with pytest.raises(UsageError, match="'/nowhere/chromium', which is no program"):
        find_chromium()


def test_a_failure_is_told_with_the_last_lines(browser):
    browser(
        "sys.stderr.write('dbus is missing\\none\\ntwo\\nthree\\nfour\\nNo usable sandbox!\\n')\nsys.exit(3)"
    )
    with pytest.raises(PinganError, match=r"failed with the code 3") as caught:
        pdf_from_html(PAGE)
    assert "No usable sandbox!" in str(caught.value)
    assert "dbus" not in str(caught.value)
    assert "\n  one" not in str(caught.value)


@pytest.mark.parametrize("written", ["", "pdf.write_bytes(b'%PDF-1.4\\n...')", "pdf.write_bytes(b'<html>')"])
def test_half_a_pdf_is_none(browser, written):
    browser(written)
    with pytest.raises(PinganError, match="wrote no PDF"):
        pdf_from_html(PAGE)


def test_a_browser_that_hangs_is_stopped_with_its_helpers(browser, tmp_path, monkeypatch):
    lock = tmp_path / "lock"
    take = f"import fcntl\nlock = open({str(lock)!r}, 'w')\nfcntl.flock(lock, fcntl.LOCK_EX)\n"
    browser(f"{take}os.fork()\ntime.sleep(600)")  # both hold the lock
    monkeypatch.setattr(chromium, "TIME_LIMIT", 2)
    with pytest.raises(PinganError, match="within 2 seconds"):
        pdf_from_html(PAGE)
    with lock.open() as file:  # which it had made
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError while one of them lives
