"""Work that several runs share, done once: results of pure functions, kept in a folder for as long as a sweep runs."""

from __future__ import annotations

# Names the folder, in the environment of a kernel; without it nothing is kept.
SHARED = "PINGAN_SHARED"
