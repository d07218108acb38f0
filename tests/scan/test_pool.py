"""Processes that share the work: all of it is done, once, whatever becomes of them."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from efirt.scan.look import Manner
from efirt.scan.plan import Found
from efirt.scan.pool import Pool, Target
from efirt.scan.work import Outcome, work

MANNER = Manner("2026-11-23T00:00:00Z")


def pretending(tasks: Connection, results: Connection, _manner: Manner, _style: str, /) -> None:
    """A process for which a name says what becomes of it."""
    os.setpgid(0, 0)
    while True:
        try:
            batch = [Found._make(one) for one in tasks.recv()]
        except EOFError:
            return
        done = []
        for found in batch:
            match Path(found.path).name.partition("-")[0]:
                case "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                case "exit":
                    os._exit(3)
                case "hang":
                    time.sleep(600)
                case "slow":
                    time.sleep(0.2)
                case "cut":
                    os.write(results.fileno(), b"\0\0\1\0half")
                    os._exit(0)
            done.append(Outcome(found.path, "ok", f"{os.getpid()}"))
        results.send([tuple(outcome) for outcome in done])


def run(paths: list[str], jobs: int = 2, limit_seconds: float = 30, target: Target = pretending) -> list[Outcome]:
    pool = Pool(jobs, limit_seconds, MANNER, "text", target)
    return [outcome for done in pool.outcomes((Found(path) for path in paths), lambda: False) for outcome in done]


@pytest.mark.parametrize("jobs", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 17, 500])
def test_each_file_is_answered_once(jobs: int, count: int) -> None:
    paths = [f"f-{number}" for number in range(count)]
    done = run(paths, jobs)
    assert Counter(outcome.path for outcome in done) == Counter(paths)
    assert len({outcome.text for outcome in done}) <= jobs


def test_all_processes_get_something_of_little() -> None:
    done = run([f"slow-{number}" for number in range(4)], 4)
    assert len({outcome.text for outcome in done}) == 4


@pytest.mark.parametrize(("name", "words"), [("kill", "signal 9"), ("exit", "status 3"), ("cut", "status 0")])
@pytest.mark.parametrize("place", [0, 20, 99])
def test_a_process_that_ends_over_a_file_is_one_row(name: str, words: str, place: int) -> None:
    paths = [f"f-{number}" for number in range(100)]
    paths[place] = name
    done = run(paths)
    assert Counter(outcome.path for outcome in done) == Counter(paths)
    assert [outcome.path for outcome in done if outcome.verdict == "damaged"] == [name]
    (bad,) = [outcome for outcome in done if outcome.path == name]
    assert "reading it ended the process that read it" in bad.text
    assert words in bad.text
    assert not bad.is_kept


def test_a_file_that_takes_too_long_is_one_row() -> None:
    paths = [*(f"f-{number}" for number in range(30)), "hang", "slow-1"]
    done = run(paths, limit_seconds=1)
    assert Counter(outcome.path for outcome in done) == Counter(paths)
    assert ["took longer than 1 seconds" in outcome.text for outcome in done if outcome.path == "hang"] == [True]
    assert sum(outcome.verdict == "damaged" for outcome in done) == 1


def test_files_that_end_every_process_are_each_a_row() -> None:
    paths = [f"kill-{number}" for number in range(12)]
    done = run(paths)
    assert Counter(outcome.path for outcome in done) == Counter(paths)
    assert {outcome.verdict for outcome in done} == {"damaged"}


def test_only_a_little_is_taken_ahead() -> None:
    taken = seen = 0

    def is_over() -> bool:
        return seen > 1000

    def endless() -> Iterator[Found]:
        nonlocal taken
        while True:
            taken += 1
            yield Found(f"f-{taken}")

    for done in Pool(2, 30, MANNER, "text", pretending).outcomes(endless(), is_over):
        seen += len(done)
        assert taken - seen <= 4 * 16
    assert seen > 1000


def test_it_stops_when_it_is_told_to_and_no_process_stays() -> None:
    pool = Pool(2, 30, MANNER, "text", pretending)
    started = pool.outcomes(iter([Found("hang"), Found("hang-2")]), lambda: False)
    assert next(started) == []
    processes = [worker.process.pid for worker in pool._workers]
    started.close()  # type: ignore[attr-defined]
    for pid in processes:
        assert not Path(f"/proc/{pid}").exists()


def test_very_long_names_are_no_trouble() -> None:
    paths = [f"f-{number}-{'x' * 4000}" for number in range(50)]
    assert {outcome.path for outcome in run(paths, 1)} == {*paths}


def test_a_none_gives_time_for_something_else() -> None:
    def found() -> Iterator[Found | None]:
        yield None
        yield Found("f-1")
        yield None
        yield None
        yield Found("f-2")

    pool = Pool(1, 30, MANNER, "text", pretending)
    assert [outcome.path for done in pool.outcomes(found(), lambda: False) for outcome in done] == ["f-1", "f-2"]


@pytest.mark.parametrize(("threads", "method"), [(1, "fork"), (2, "forkserver")])
def test_a_process_with_threads_is_not_forked(monkeypatch: pytest.MonkeyPatch, threads: int, method: str) -> None:
    monkeypatch.setattr("efirt.scan.pool.active_count", lambda: threads)
    assert Pool(1, 30, MANNER, "text")._context.get_start_method() == method
    if threads > 1:
        assert run(["f-1"])[0].verdict == "ok"


def test_the_real_work_is_done_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    (outcome,) = run([str(tmp_path / "a")], target=work)
    assert outcome == Outcome(str(tmp_path / "a"), None, "empty")
