"""Bytes to text: which encoding a Chinese file is in, told by how common the characters are that it gives."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

from pingan_lib.errors import PinganError

# In the right encoding nearly every character is a common one; in a wrong one a few in ten (tests/test_decoding.py).
_PLAUSIBLE = 0.8
# A page may have one byte in so many that its encoding does not know: menus cut off inside of a character.
_TOLERATED = 1000

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# GB 18030 reads all that GBK and GB 2312 wrote, and Big5-HKSCS all that Big5 did.
_TRIED = ("utf-8", "gb18030", "big5hkscs")
_CLAIMS = {
    **dict.fromkeys(("utf-8", "utf8"), "utf-8"),
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "gb_2312-80", "x-gbk", "cp936"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs", "x-x-big5", "cn-big5", "cp950"), "big5hkscs"),
}
_CLAIM = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE
)
_CLAIMED_WITHIN = 4096

_TEXT_INSTEAD = "Open it, copy the article's text into a text file (UTF-8), and add that."
_FOREIGN = (
    (rb"%PDF-", "a PDF"),
    (rb"PK\x03\x04", "a ZIP archive or an Office file (.docx, .xlsx)"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file (.doc, .xls or .wps)"),
    (rb"\{\\rtf", "an RTF document"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|BM.{4}\x00{4}|RIFF.{4}WEBP|II\*\x00|MM\x00\*|.{4}ftyp", "an image or a film"),
    (rb"bplist00", "a web archive of Safari"),
    (rb"\x1f\x8b|Rar!|7z\xbc\xaf|BZh|\xfd7zXZ", "a compressed file"),
)  # fmt: skip


class DecodingError(PinganError, ValueError):
    """Bytes that are no text, or whose encoding cannot be told."""


@dataclass(frozen=True)
class Decoded:
    """A text, and how it came from bytes.

    Attributes
    ----------
    text : str
        Line ends are LF, without a byte order mark; nothing else is changed.
    encoding : str
        Name of a Python codec; `gb18030` for all GB encodings, `big5hkscs` for all of Big5.
    steps : tuple of str
        What was done, in plain sentences; empty where the bytes are the text in UTF-8 already.
    damaged : int
        How many bytes did not fit and became U+FFFD.
    """

    text: str
    encoding: str
    steps: tuple[str, ...]
    damaged: int = 0


def decode(data: bytes, *, claim: str | None = None, lenient: bool = False) -> Decoded:
    """Read bytes as text.

    A byte order mark decides. Otherwise UTF-8, GB 18030 and Big5 are tried, strictly, and the one that gives the most
    plausible text is taken; between equals the one that the bytes claim for themselves (`<meta charset>`), then the
    order above. A claim is thus believed only where it could be true.

    Parameters
    ----------
    data : bytes
    claim : str, optional
        The encoding named by what carried the bytes; it comes before that of a meta tag.
    lenient : bool, optional
        Where no encoding fits every byte, take one that fits all but one byte in a thousand and put U+FFFD for those.

    Returns
    -------
    Decoded

    Raises
    ------
    DecodingError
        If the bytes are empty, of another kind than text, or give no plausible text; it says what was tried.
    """
    _refuse_other_kinds(data)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _marked(data[len(mark) :], encoding)
    if b"\x00" in data:
        found = f"it has a zero byte (byte {data.index(0)}), so it is no text, or UTF-16 without a byte order mark"
        raise DecodingError(f"{found}. {_TEXT_INSTEAD}")
    claimed = _claimed(data, claim)
    order = tuple(dict.fromkeys((*((claimed,) if claimed else ()), *_TRIED)))
    tried = {encoding: _read(data, encoding, "strict") for encoding in order}
    if lenient and not any(isinstance(text, str) for text in tried.values()):
        tried = {encoding: _read(data, encoding, "replace") for encoding in order}
    texts = {encoding: text for encoding, text in tried.items() if isinstance(text, str)}
    best = max(texts, key=lambda encoding: plausibility(texts[encoding]), default=None)
    if best is None or plausibility(texts[best]) < _PLAUSIBLE:
        raise DecodingError(_explain(tried))
    return _finished(texts[best], best, data)


def plausibility(text: str) -> float:
    """Return the share of common characters among those of a text that are not ASCII, between 0 and 1.

    Common are the Chinese characters of the first level of GB 2312 (3,755, simplified) or Big5 (5,401, traditional),
    chosen in those standards for their frequency, and punctuation. Control characters count as uncommon, so does
    U+FFFD. A text in ASCII alone has 1.
    """
    counts = Counter(text)
    telling = {c: n for c, n in counts.items() if c > "~" or (c < " " and c not in "\t\n\f\r")}
    total = sum(telling.values())
    return sum(n for c, n in telling.items() if _common(c)) / total if total else 1.0


@cache
def _common(character: str) -> bool:
    if "\u3400" <= character <= "\u9fff":
        return any(
            low <= _lead(character, encoding) <= high
            for encoding, low, high in (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6))
        )
    # signs, punctuation, rings, boxes; full-width forms; what Latin-1 has
    return any(
        low <= character <= high for low, high in ("\u2000\u27bf", "\u3000\u303f", "\uff00\uffef", "\xa0\xff")
    )


def _lead(character: str, encoding: str) -> int:
    try:
        return character.encode(encoding)[0]
    except UnicodeEncodeError:
        return 0


def _refuse_other_kinds(data: bytes) -> None:
    if not data.strip():
        raise DecodingError("it is empty. Save the article once more.")
    for signature, kind in _FOREIGN:
        if re.match(signature, data, re.DOTALL):
            raise DecodingError(f"it is {kind}. {_TEXT_INSTEAD}")


def _marked(data: bytes, encoding: str) -> Decoded:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        at = f"byte {error.start} is not"
        raise DecodingError(f"it begins as {encoding}, but {at}. Save it once more as UTF-8.") from None
    if plausibility(text) < _PLAUSIBLE:
        raise DecodingError(f"it begins as {encoding}, but gives no plausible text. {_TEXT_INSTEAD}")
    decoded = _finished(text, encoding, b"")
    return Decoded(decoded.text, encoding, (decoded.steps[0], "byte order mark dropped", *decoded.steps[1:]))


def _claimed(data: bytes, claim: str | None) -> str | None:
    found = _CLAIM.search(data, 0, _CLAIMED_WITHIN)
    name = claim or (found[1].decode("ascii", "replace") if found else "")
    return _CLAIMS.get(name.strip().lower())


def _read(data: bytes, encoding: str, errors: str) -> str | UnicodeDecodeError:
    try:
        text = data.decode(encoding, errors)
    except UnicodeDecodeError as error:
        return error
    if errors != "strict" and text.count("\ufffd") * _TOLERATED > len(data):
        return _read(data, encoding, "strict")
    return text


def _finished(text: str, encoding: str, data: bytes) -> Decoded:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    steps = [f"decoded as {encoding}"]
    damaged = text.count("\ufffd") - data.decode(encoding, "ignore").count("\ufffd") if data else 0
    if damaged:
        steps.append(f"bytes that are not {encoding} shown as U+FFFD, {damaged} in number")
    if lines != text:
        steps.append("line ends made LF")
    return Decoded(lines, encoding, () if lines.encode("utf-8") == data else tuple(steps), damaged)


def _explain(tried: dict[str, str | UnicodeDecodeError]) -> str:
    reasons = []
    for encoding, outcome in tried.items():
        if isinstance(outcome, UnicodeDecodeError):
            reasons.append(f"{encoding} (byte {outcome.start} of {len(outcome.object)} does not fit)")
        else:
            reasons.append(f"{encoding} ({1 - plausibility(outcome):.0%} of its characters are rare)")
    return (
        f"its encoding cannot be told. Tried: {', '.join(reasons)}. It may be damaged, cut off, or mixed of two "
        "encodings. Open it where it reads well, and save it as text in UTF-8, or as a web page."
    )
