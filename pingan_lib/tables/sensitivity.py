"""Conclusions under other choices, in words: what holds, what turns, and on what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from pingan_lib.page import Fragment, Page


def options_table(
    page: Page, options: Mapping[str, Sequence[Any]], default: Mapping[str, Any]
) -> pd.DataFrame:
    """List the choices, the options of each, and which one the other pages take."""
    rows = []
    for name, given in options.items():
        rows.append(
            {
                "choice": page.words[f"choice.{name}"],
                "options": page.join(_option(page, name, option) for option in given),
                "taken": _option(page, name, default[name]),
            }
        )
    return pd.DataFrame(rows)


def conclusions_table(page: Page, found: pd.DataFrame, level: str) -> pd.DataFrame:
    """Show each conclusion, how it comes out, and in how many combinations; `found` comes from `sensitivity`.

    `level` is the percentage that intervals of surveyed shares are compared with, as it is written.
    """
    rows = []
    for row in found.to_dict("records"):
        together = sorted(row["together"].items(), key=lambda pair: -pair[1])
        shown = [Markup("{}: {}").format(_answer(page, row["kind"], a), _times(page, n)) for a, n in together]
        rows.append(
            {
                "conclusion": _conclusion(page, row, level),
                "answer": _answer(page, row["kind"], row["answer"]),
                "turns_on": page.join(page.words[f"choice.{name}"] for name in row["turns_on"]),
                "together": page.join(shown),
                "holds": page.words["sensitivity.yes" if row["holds"] else "sensitivity.no"],
            }
        )
    return pd.DataFrame(rows, columns=["conclusion", "answer", "turns_on", "together", "holds"])


def turning(page: Page, found: pd.DataFrame, level: str) -> Fragment:
    """Say of each conclusion that does not hold what it turns on."""
    said = [
        Markup(page.words["sensitivity.turns"]).format(
            conclusion=_conclusion(page, row, level),
            answer=_answer(page, row["kind"], row["answer"]),
            how=_how(page, row),
        )
        for row in found[~found["holds"]].to_dict("records")
    ]
    if not said:
        return page.say("sensitivity.nothing_turns")
    return Fragment('<ul class="said">{}</ul>').format(
        Markup("").join(map(Markup("<li>{}</li>").format, said))
    )


def curve_frame(page: Page, curve: pd.DataFrame) -> pd.DataFrame:
    """Name the options of a specification curve for `plots.specification_curve`."""
    names = curve.attrs["choices"]
    return curve.assign(**{name: [option_text(page, name, o) for o in curve[name]] for name in names})


def curve_table(page: Page, curve: pd.DataFrame) -> pd.DataFrame:
    """List the combinations of a specification curve with the ends of each, in the order in which they are drawn."""
    drawn = curve_frame(page, curve).sort_values(["low", "high"], na_position="first", kind="stable")
    shown = drawn[list(curve.attrs["choices"])].rename(columns=lambda name: page.words[f"choice.{name}"])
    ends = {
        name: [_end_text(end) for end in drawn[side]]
        for name, side in (("lowest", "low"), ("highest", "high"))
    }
    return shown.assign(**ends)


def _end_text(end: float) -> str:
    return "" if pd.isna(end) or abs(end) == float("inf") else f"{end:,.2f}".replace("-", "−")


def quantity_name(page: Page, quantity: str) -> Markup:
    """Name what a curve follows: a surveyed share, or the formula of a relation."""
    if quantity in page.corpus.figures.index:
        return page.labelled(quantity)
    relation = page.corpus.relations.loc[quantity]
    name = page.named(relation[f"label_{page.language}"])
    return page.detailed(name, page.formula(quantity))


def option_text(page: Page, name: str, option: Any) -> str:
    """Name an option of a choice."""
    return f"{100 * option:g}%" if isinstance(option, float) else page.words[f"option.{name}.{option}"]


def _option(page: Page, name: str, option: Any) -> Markup:
    return page.parameter(name, option_text(page, name, option))


def _how(page: Page, row: Mapping[str, Any]) -> Markup:
    """Name the options, each varied alone, that give another answer; or that only several together do."""
    parts = []
    for name in row["turns_on"]:
        for answer in dict.fromkeys(row["alone"][name].values()):
            if answer == row["answer"]:
                continue
            options = [_option(page, name, o) for o, a in row["alone"][name].items() if a == answer]
            parts.append(
                Markup(page.words["sensitivity.turns_to"]).format(
                    answer=_answer(page, row["kind"], answer),
                    choice=page.words[f"choice.{name}"],
                    options=page.join(options),
                )
            )
    if parts:
        return Markup(page.words["page.names"]).join(parts)
    others = {answer: n for answer, n in row["together"].items() if answer != row["answer"]}
    return Markup(page.words["sensitivity.turns_together"]).format(
        answer=page.join(_answer(page, row["kind"], answer) for answer in others),
        times=_times(page, sum(others.values())),
        all=_times(page, sum(row["together"].values())),
    )


def _conclusion(page: Page, row: Mapping[str, Any], level: str) -> Markup:
    kind, inputs = row["kind"], row["inputs"]
    values: dict[str, Any] = {}
    if kind == "share":
        total = page.corpus.figures.loc[inputs[0], "denominator"]
        values = {"figure": page.labelled(inputs[0]), "total": page.labelled(total)}
    elif kind in ("above", "apart"):
        values = dict(zip(("figure", "other"), map(page.labelled, inputs), strict=False))
    elif kind in ("relation", "larger"):
        relation = page.corpus.relations.loc[inputs[0]]
        values = {"label": page.named(relation[f"label_{page.language}"]), "formula": page.formula(inputs[0])}
        if kind == "larger" and "-" in relation["formula"]:
            kind = "positive"
    return Markup(page.words[f"conclusion.{kind}"]).format(level=page.parameter("level", level), **values)


def _answer(page: Page, kind: str, answer: str) -> Any:
    if answer.isdigit():
        return Markup('<data class="count" data-source="count:sensitivity.{}" value="{}">{}</data>').format(
            kind, answer, answer
        )
    if kind in ("share", "relation") and answer != "weak":
        return page.verdict(answer)
    return page.words[f"answer.{answer}"]


def _times(page: Page, number: int) -> Any:
    return page.value(number, "sensitivity.combinations")
