"""Running Chinese text → the figures that it reports, and the names of mechanisms.

A number phrase is found and read in these steps, a module for each:

1. `script`: the text in simplified script and half-width, character for character, so that offsets hold; `layout`:
   its sentences and clauses.
2. `traps`: what holds digits and is no figure (dates, ordinals, names, ids) is masked.
3. `spans`: digits with multiplier, hedges and the word behind them (`measure_words`); `sharing`: one unit for several.
   `ranks`, `zeros` and `parts` (halves, doublings, ratios) are found by words of their own.
4. `kinds`: what is counted; `changes`: growth or fall; `admission` and `durations`: is it a figure at all?
5. `quotes`, `periods`, `roles`: the passage to quote, the time it speaks of, what the number is for.

`figures` goes through them; values, hedges and bounds come from `pingan_lib.units.read_in`. `names` stands alone.
"""

from pingan_lib.mentions.figures import find_figures
from pingan_lib.mentions.mention import Kind, Mention, Name
from pingan_lib.mentions.names import find_names

__all__ = ["Kind", "Mention", "Name", "find_figures", "find_names"]
