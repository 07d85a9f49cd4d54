"""The warm parent and its children: fresh, alone, and gone when nobody wants them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from processes import WITHIN, lives, until

from pingan_lib.errors import RunError
from pingan_lib.forks import WarmParent, call_aside, warm_parent

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are used on Linux only")
_FORKS = 500


def descriptors(pid: int | str) -> dict[str, str]:
    found = {}
    for each in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found[each.name] = str(each.readlink())
        except FileNotFoundError:  # that of the folder itself
            continue
    return found


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


HELD = 6  # standard streams, the socket, and a pipe that tells of children
# A child that had to import this module would take longer for that than for all else.
NUMBERS = "[__import__('os').getpid(), __import__('random').random(), __import__('numpy').random.rand()]"


def open_files() -> list[str]:
    return sorted(descriptors("self").values())


def fails() -> None:
    raise LookupError("of its own")


def unpicklable() -> object:
    return lambda: None


def dies(how: str) -> None:
    if how == "exits":
        os._exit(3)
    os.kill(os.getpid(), signal.SIGSEGV)


def wait_long(connection: Connection) -> None:
    connection.send(b"here")
    while True:  # reads nothing, and would not notice that it is alone
        pass


def start_another(connection: Connection) -> None:
    other = subprocess.Popen(["sleep", "1000"])
    shell = subprocess.check_output("sleep 1000 >/dev/null & echo $!", shell=True)
    connection.send((other.pid, int(shell)))
    connection.recv()


DONE: list[str] = []


def in_three_steps() -> Iterator[None]:
    for name in ("first", "second", "third"):
        DONE.append(name)
        yield


def fails_in_its_second_step() -> Iterator[None]:
    DONE.append("first")
    yield
    DONE.append("second")
    raise ValueError


def what_is_done() -> list[str]:
    return DONE


@pytest.fixture(scope="module")
def parent():
    found = WarmParent()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))  # where its children find the functions above
        yield found
    found.stop()


def pid_of(parent: WarmParent) -> int:
    call_aside(parent, os.getpid, watch=[])
    return parent._process.pid


def test_the_parent_has_one_thread_no_socket_but_the_one_it_is_asked_on_and_no_event_loop(parent):
    pid = pid_of(parent)
    assert len(list(Path(f"/proc/{pid}/task").iterdir())) == 1
    until(lambda: len(descriptors(pid)) == HELD)
    kinds = sorted(name.split(":")[0] for number, name in descriptors(pid).items() if int(number) > 2)
    assert kinds == ["pipe", "pipe", "socket"]


def test_a_child_holds_nothing_of_its_parent_or_its_siblings(parent):
    alone = call_aside(parent, open_files, watch=[])
    with_siblings = [parent.fork(wait_long) for _ in range(2)]
    kinds = [
        [name.split(":")[0] for name in each] for each in (alone, call_aside(parent, open_files, watch=[]))
    ]
    for child in with_siblings:
        child.end()
    assert kinds[0] == kinds[1]
    assert kinds[0].count("socket") == 1


def test_many_children_asked_for_by_eight_threads(parent):
    pid = pid_of(parent)
    until(lambda: children(pid) == [])
    mine = len(descriptors("self"))
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(call_aside, parent, eval, NUMBERS, watch=[]) for _ in range(_FORKS)]
        found = [future.result(WITHIN) for future in futures]
    for drawn in list(zip(*found, strict=True))[1:]:  # nobody draws what another draws
        assert len(set(drawn)) == _FORKS
    until(lambda: len(descriptors(pid)) == HELD)
    until(lambda: children(parent._process.pid) == [])  # and no zombie
    assert len(descriptors("self")) == mine
    assert len(list(Path(f"/proc/{parent._process.pid}/task").iterdir())) == 1


def test_what_a_function_raises_comes_back_and_a_death_is_told(parent):
    watched: list = []
    with pytest.raises(LookupError, match="of its own"):
        call_aside(parent, fails, watch=watched)
    with pytest.raises(RuntimeError, match="unpicklable"):
        call_aside(parent, unpicklable, watch=watched)
    with pytest.raises(RunError, match="should dies ended with exit code 3"):
        call_aside(parent, dies, "exits", watch=watched)
    with pytest.raises(RunError, match="should dies ended by signal 11"):
        call_aside(parent, dies, "crashes", watch=watched)
    with pytest.raises(RunError, match="should sleep took longer"):
        call_aside(parent, time.sleep, 1000, watch=watched, seconds=0.1)
    assert watched == []


def test_a_process_that_waits_takes_the_next_call_unless_it_died(parent):
    idle: list = []

    def call(function, *arguments):
        return call_aside(parent, function, *arguments, watch=[], idle=idle)

    first = call(os.getpid)
    with pytest.raises(LookupError, match="of its own"):
        call(fails)
    assert call(os.getpid) == first
    with pytest.raises(RunError, match="exit code 3"):
        call(dies, "exits")
    assert idle == []
    second = call(os.getpid)
    os.kill(second, signal.SIGKILL)
    until(lambda: not lives(second))
    assert call(os.getpid) not in (first, second)
    assert len(idle) == 1
    idle[0].end()


def test_what_a_child_started_ends_with_it(parent):
    for end in (lambda child: child.connection.send(None), lambda child: child.send_signal(signal.SIGKILL)):
        child = parent.fork(start_another)
        started = child.connection.recv()
        assert all(map(lives, started))
        end(child)
        assert child.wait(WITHIN) in (0, -signal.SIGKILL)
        until(lambda started=started: not any(map(lives, started)))
        child.end()


def test_a_killed_parent_takes_its_children_along_and_is_started_again(parent):
    child = parent.fork(wait_long)
    child.connection.recv()
    before = parent._process.pid
    os.kill(before, signal.SIGKILL)
    until(lambda: not lives(child.pid))
    assert child.wait(WITHIN) == -signal.SIGKILL
    with ThreadPoolExecutor(4) as pool:  # all find it dead; one starts it, and nobody ends what that one has
        found = list(pool.map(lambda _: call_aside(parent, eval, NUMBERS, watch=[]), range(4)))
    assert len({pid for pid, _, _ in found}) == 4
    assert parent._process.pid != before
    child.end()


def test_a_parent_of_its_own_ends_when_the_one_it_was_forked_from_is_killed(parent):
    own = WarmParent(parent)
    child = own.fork(wait_long)
    child.connection.recv()
    os.kill(parent._process.pid, signal.SIGKILL)
    until(lambda: not lives(child.pid))
    assert call_aside(own, eval, NUMBERS, watch=[])[0] > 0
    child.end()
    own.stop()


def test_a_parent_forks_after_its_first_step_and_goes_through_the_others_when_nobody_asks(parent):
    own = WarmParent(parent, in_three_steps)
    assert call_aside(own, what_is_done, watch=[])[0] == "first"
    until(lambda: call_aside(own, what_is_done, watch=[]) == ["first", "second", "third"])
    assert call_aside(parent, what_is_done, watch=[]) == []
    own.stop()


def test_a_step_that_fails_leaves_the_parent_as_it_is(parent):
    own = WarmParent(parent, fails_in_its_second_step)
    until(lambda: call_aside(own, what_is_done, watch=[]) == ["first", "second"])
    pid = own._process.pid
    assert call_aside(own, what_is_done, watch=[]) == ["first", "second"]
    assert own._process.pid == pid
    own.stop()


DRIVER = """
import os, sys, time
from pingan_lib.forks import warm_parent, call_aside
sys.path.insert(0, {tests!r})
os.environ["PYTHONPATH"] = {tests!r}
import test_forks
child = warm_parent().fork(test_forks.wait_long)
child.connection.recv()
print(warm_parent()._process.pid, child.pid, flush=True)
{end}
"""


@pytest.mark.parametrize("end", ["sys.exit(3)", "1 / 0", "os.kill(os.getpid(), 9)", "os._exit(0)"])
def test_nobody_outlives_the_one_who_asked(end):
    code = DRIVER.format(tests=str(Path(__file__).parent), end=end)
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, timeout=WITHIN, check=False
    )
    parent, child = map(int, done.stdout.split())
    until(lambda: not lives(child) and not lives(parent))


def test_one_parent_serves_a_process():
    assert warm_parent() is warm_parent()
    assert threading.active_count() < 50
