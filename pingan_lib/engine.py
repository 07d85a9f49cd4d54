"""papermill's engine `pingan`: every run in a fresh process, forked from a parent in which all is imported already.

papermill imports every engine at each of its starts, so this module imports nothing but papermill's own classes. Import
papermill before it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from papermill.engines import NBClientEngine, NotebookExecutionManager

if TYPE_CHECKING:
    from nbformat import NotebookNode

_SAVED_EVERY = 5.0  # seconds


class PinganEngine(NBClientEngine):  # type: ignore[misc]  # papermill has no types
    """papermill's default engine with warm kernels; where none can be had, that engine itself.

    Warm kernels are had on Linux, for the Python that papermill itself runs in. Forking a process that has loaded
    system frameworks is not safe on macOS, and Windows cannot fork.

    Notes
    -----
    Notebooks give the same outputs as with the default engine, but for this:

    - What a module does when it is imported is done already for those that the parent has: its warnings are not seen
      again, and its filters of warnings are set from the start.
    - Variables that count when Python starts (PYTHONPATH, PYTHONHASHSEED, OMP_NUM_THREADS) count as they were at the
      first run of a process. The order of sets is one for all its runs; libraries of linear algebra have one thread.
    - Half of a surrogate pair is printed as a question mark; the default engine loses what was printed with it.
    - A cell with a widget that shows outputs ends; with the default engine it may wait for ever.
    - Reading `sys.stdin` finds its end, where the default engine waits for ever.
    - A kernel remembers what it ran itself; nothing is added to the user's own history. No debugger can attach.
    - What a program started by a notebook writes is copied to the standard error alone, not to the output too.
    """

    @classmethod
    def execute_notebook(
        cls,
        nb: NotebookNode,
        kernel_name: str | None,
        output_path: str | None = None,
        progress_bar: bool | dict[str, Any] = True,
        log_output: bool = False,
        autosave_cell_every: int = 30,
        **kwargs: Any,
    ) -> NotebookNode:
        """Execute a notebook as papermill's engines do; the notebook is saved every few seconds."""
        manager = _SparingManager(
            nb,
            output_path=output_path,
            progress_bar=progress_bar,
            log_output=log_output,
            autosave_cell_every=autosave_cell_every,
        )
        manager.notebook_start()
        try:
            cls.execute_managed_notebook(manager, kernel_name, log_output=log_output, **kwargs)
            manager.returned = True
        finally:
            manager.cleanup_pbar()
            manager.notebook_complete()
        return manager.nb

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str | None, **kwargs: Any
    ) -> Any:
        """Execute the cells in a warm kernel if the notebook's kernel is this Python."""
        if sys.platform == "linux":
            from pingan_lib.forks.manager import ForkedKernelManager, is_this_python

            if is_this_python(kernel_name):
                kwargs.setdefault("kernel_manager_class", ForkedKernelManager)
        return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)


class _SparingManager(NotebookExecutionManager):  # type: ignore[misc]
    """Saves a notebook less often: papermill writes all of it twice for each cell, and once more in the end."""

    returned = False

    def save(self, **kwargs: Any) -> None:
        """Save if the last time is some seconds ago, or the notebook has ended where papermill will not save it."""
        ended = self.end_time is not None and not self.returned
        if ended or (self.now() - self.last_save_time).total_seconds() >= _SAVED_EVERY:
            super().save(**kwargs)
