"""What HTML must be to stand on its own: languages marked, tables framed, nothing fetched or broken."""

from pingan_lib.markup.chinese import mark_chinese, mark_chinese_in, mark_chinese_nodes
from pingan_lib.markup.problems import PAGE_LIMIT, digest, numbers_without_source, page_problems, policy
from pingan_lib.markup.shape import align_numbers, drop_styling, frame_tables, widen_prose

__all__ = [
    "PAGE_LIMIT",
    "align_numbers",
    "digest",
    "drop_styling",
    "frame_tables",
    "mark_chinese",
    "mark_chinese_in",
    "mark_chinese_nodes",
    "numbers_without_source",
    "page_problems",
    "policy",
    "widen_prose",
]
