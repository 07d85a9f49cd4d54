"""Cut the packaged font from Noto Sans CJK; README.md beside this file has the command and the reasons.

Usage: python pingan_lib/fonts/make_subset.py NotoSansCJK-Regular.ttc
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

FAMILY = "Pingan Sans SC"
FACE = "Noto Sans CJK SC"
SIGNS = "‰±−×÷≥≤≈≠–—―…“”‘’•·→←↑↓↔√∞½¼¾①②③④⑤⑥⑦⑧⑨⑩●○■□▲△▼▽◆◇★☆〇℃№㎡《》〈〉「」『』【】〔〕〖〗"
TRADITIONAL = "萬億餘兩個兒從來對時會與為發後開關調處報專門學國臺貳參肆陸柒捌玖拾佰仟"
HERE = Path(__file__).parent
PROJECT = HERE.parents[1]


def characters() -> set[int]:
    """Code points to keep: Latin-1, GB2312, common signs and every character of the articles."""
    kept = set(range(0x20, 0x7F)) | set(range(0xA0, 0x100)) | set(range(0x3000, 0x3040))
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            kept.update(map(ord, bytes((row, cell)).decode("gb2312", "ignore")))
    for article in sorted((PROJECT / "seeds").glob("*.txt")):
        kept.update(map(ord, article.read_text(encoding="utf-8")))
    return kept | set(map(ord, SIGNS + TRADITIONAL))


def rename(font: TTFont) -> None:
    """Give the cut font its own family name, in the name table and in the CFF table."""
    postscript = FAMILY.replace(" ", "") + "-Regular"
    new = {1: FAMILY, 3: f"2.004;cut from NotoSansCJKsc-Regular;{postscript}", 4: FAMILY, 6: postscript}
    for record in font["name"].names:
        record.string = new.get(record.nameID, record.toUnicode())
    cff = font["CFF "].cff
    cff.fontNames = [postscript]
    cff.topDictIndex[0].FullName = FAMILY
    cff.topDictIndex[0].FamilyName = FAMILY


def main(source: str) -> None:
    """Write NotoSansSC-subset.otf beside this file and print its size and SHA-256."""
    options = subset.Options(
        font_number=2,  # the SC face of the collection: the forms of characters used on the mainland
        hinting=False,
        layout_features=[],
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 7, 13, 14],
        name_languages=[0x409],
        notdef_outline=True,
        recalc_timestamp=False,
        drop_tables=["BASE", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx", "DSIG"],
    )
    font = subset.load_font(source, options)
    if font["name"].getDebugName(1) != FACE:
        sys.exit(f"{source}: face 2 is {font['name'].getDebugName(1)!r}; it must be {FACE!r}.")
    cut = subset.Subsetter(options)
    cut.populate(unicodes=characters())
    cut.subset(font)
    rename(font)
    target = HERE / "NotoSansSC-subset.otf"
    subset.save_font(font, str(target), options)
    content = target.read_bytes()
    print(f"{target.name}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main(sys.argv[1])
