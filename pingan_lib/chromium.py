"""An installed Chromium, asked for one thing: a page as PDF."""

from __future__ import annotations

import os
import platform
import re
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pingan_lib.errors import PinganError, UsageError

CHOSEN = "PINGAN_CHROMIUM"
"""The environment variable that names a Chromium of the user's choice."""

# A long report takes some five seconds; a machine that is busy may need more.
TIME_LIMIT = 180

_COMMANDS = (
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
    "microsoft-edge",
    "microsoft-edge-stable",
    "chrome",
    "msedge",
)
_MAC = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    # Nothing is asked of any host: neither by the page, whose policy allows nothing, nor by the browser itself.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--no-pings",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
    "--export-tagged-pdf",
    "--generate-pdf-document-outline",
)
_OTHERWISE = f"name another browser in {CHOSEN}, or print the page from your browser: it is laid out for A4."
_NOISE = re.compile(r"dbus|^\s*$|bytes written to file")
_DATE = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}[+-]\d\d'\d\d'")


def find_chromium() -> str:
    """Find a Chromium, or a browser made from it: Chrome, Edge.

    Returns
    -------
    str
        Its path: what the variable `PINGAN_CHROMIUM` names, else the first that is installed.

    Raises
    ------
    UsageError
        If the variable names no program.
    PinganError
        If there is none.
    """
    if chosen := os.environ.get(CHOSEN):
        if found := shutil.which(chosen):
            return found
        raise UsageError(f"{CHOSEN} names {chosen!r}, which is no program. Name a Chromium, or unset it.")
    commands = [command for name in _COMMANDS if (command := shutil.which(name))]
    places = [str(place) for place in _places() if place.is_file()]
    if commands or places:
        return (commands + places)[0]
    raise PinganError(
        "A PDF needs Chromium; none was found on this machine. Looked for: "
        f"{', '.join([*_COMMANDS, *map(str, _places())])}. Install Chromium, Chrome or Edge, or {_OTHERWISE}"
    )


def _places() -> Iterator[Path]:
    """Where macOS and Windows keep programs that no command finds."""
    if platform.system() == "Darwin":
        for folder in (Path("/Applications"), Path.home() / "Applications"):
            yield from (folder / name for name in _MAC)
    if platform.system() == "Windows":
        for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
            if programs := os.environ.get(variable):
                yield from (Path(programs) / name for name in _WINDOWS)


def pdf_from_html(html: str) -> bytes:
    """Print a page that needs nothing besides itself.

    Parameters
    ----------
    html : str
        A whole page. Its ``@page`` rule gives the size of the paper.

    Returns
    -------
    bytes
        A tagged PDF with an outline of the headings and all fonts in it. Where SOURCE_DATE_EPOCH is set its dates
        are that one, and the same page gives the same bytes (by the same Chromium and fonts).

    Raises
    ------
    PinganError
        If there is no Chromium, or it fails or takes longer than `TIME_LIMIT` seconds.
    """
    browser = find_chromium()
    # Chromium's helpers may write to the profile for a moment longer.
    with TemporaryDirectory(prefix="pingan-pdf-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        page, pdf = folder / "page.html", folder / "page.pdf"
        page.write_text(html, encoding="utf-8")
        # A sandbox cannot be set up by root, as whom containers run; the page is the library's own.
        root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        told = _run(
            [
                browser,
                *_FLAGS,
                *root,
                f"--user-data-dir={folder / 'profile'}",
                f"--print-to-pdf={pdf}",
                page.as_uri(),
            ]
        )
        content = pdf.read_bytes() if pdf.is_file() else b""
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-1024:]:
        raise PinganError(
            f"{browser} wrote no PDF.{_last_lines(told)}\n"
            "A Chromium from a snap sees no folder for temporary files: set TMPDIR to one in your home. "
            f"Or {_OTHERWISE}"
        )
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        # As long as before, so that the file's table of places stays true.
        date = f"{datetime.fromtimestamp(int(epoch), UTC):%Y%m%d%H%M%S}+00'00'".encode()
        content = _DATE.sub(rb"\g<1>" + date, content)
    return content


def pdfs_from_html(pages: Iterable[str]) -> Iterator[bytes]:
    """Print pages, two at a time; the results come in the order of the pages. As `pdf_from_html`."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield from pool.map(pdf_from_html, pages)


def _run(command: list[str]) -> str:
    """Run the browser and return what it said; it and its helpers are stopped when the time is over."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, told = process.communicate(timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        _stop(process)
        raise PinganError(
            f"{command[0]} did not finish a PDF within {TIME_LIMIT} seconds. Try again, or {_OTHERWISE}"
        ) from None
    except BaseException:
        _stop(process)
        raise
    lines = told.decode("utf-8", "replace")
    if process.returncode:
        raise PinganError(
            f"{command[0]} failed with the code {process.returncode}.{_last_lines(lines)}\nTry again, or {_OTHERWISE}"
        )
    return lines


def _stop(process: subprocess.Popen[bytes]) -> None:
    if platform.system() == "Windows":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)  # its own group: see start_new_session
    process.wait()


def _last_lines(told: str) -> str:
    lines = [line for line in told.splitlines() if not _NOISE.search(line)]
    return "".join(f"\n  {line[:300]}" for line in ["It said last:", *lines[-4:]]) if lines else ""
