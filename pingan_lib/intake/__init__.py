"""A raw article → its text, a row in the project, drafts of figures.

`decoding` bytes → characters; `webpages` and `bylines` what a page or a text holds and says of itself; `extraction` a
file → the text that quotes refer to; `resemblance` is it here already; `requoting` its quotes in a corrected version;
`articles` into the project; `drafts` rows for a person to accept.
"""
