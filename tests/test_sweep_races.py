"""Sweeps, shards and merges that race for one output: the right file of one of them, or a refusal."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from eqsolve import InputError, Params
from eqsolve.sweeps.design import Axis, make_design
from eqsolve.sweeps.files import merge_shards, open_journal, publish, shard_folder
from eqsolve.sweeps.journal import Journal, Shard
from eqsolve.sweeps.question import Question
from eqsolve.sweeps.work import Engine, complete, solve_chunks

RACING = Path(__file__).with_name("racing.py")
SCALES = tuple(np.linspace(0.2, 0.8, 60).tolist())


def raced(folder, rounds, seed, *options):
    return subprocess.run(
        [sys.executable, RACING, folder, str(rounds), str(seed), *options], capture_output=True, text=True
    )


def test_no_file_is_ever_of_two_sweeps(tmp_path):
    done = raced(tmp_path, 8, 0)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.slow
def test_no_file_is_ever_of_two_sweeps_in_two_hundred_rounds(tmp_path):
    done = raced(tmp_path, 200, 1000)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.slow
def test_the_race_finds_such_files_where_neither_locks_nor_seals_work(tmp_path):
    done = raced(tmp_path, 200, 0, "--defenseless")
    assert done.returncode == 1
    assert "a file that is of neither sweep" in done.stdout


def ask(revenue):
    game = Params().replace({"platform.revenue": revenue})
    return Question(make_design(game, [Axis("users.transaction_cost.scale", SCALES)]), ("none",))


@pytest.fixture
def output(tmp_path):
    return tmp_path / "out.csv"


def opened(question, output, force=False, resume=False):
    return open_journal(question, output, Journal.beside(output), resume=resume, force=force)


def test_a_sweep_at_work_is_not_taken_over_whatever_force_says(output):
    running = opened(ask(0.5), output)
    with running.lock():
        (chunk, rows), *_ = solve_chunks(running.question, running.question.chunks[:1], Engine())
        for force, resume in ((True, False), (False, True), (False, False)):
            with pytest.raises(InputError, match="is working on it"):
                opened(ask(2.0), output, force, resume)
        running.write(chunk, rows)
        complete(running, Engine())
        publish(running, output)
    table = [line for line in output.read_text().splitlines() if not line.startswith("#")]
    rows = np.genfromtxt(table, delimiter=",", names=True, dtype=None, encoding="utf-8")
    assert rows["revenue"] == pytest.approx(0.5 * rows["participation"])


def test_rows_that_another_sweep_leaves_in_the_journal_are_not_taken(output):
    """As where files cannot be locked, and the owner of the journal is on another host."""
    first = opened(ask(0.5), output)
    first.release()
    second = opened(ask(2.0), output, force=True)
    for chunk, rows in solve_chunks(first.question, first.question.chunks[:1], Engine()):
        first.write(chunk, rows)
        assert second.read(chunk) is None
        assert complete(second, Engine()).rows == len(SCALES)
        first.write(chunk, rows)
    with second.lock(), pytest.raises(InputError, match="of another sweep"):
        publish(second, output)
    assert not output.exists()


def test_rows_of_another_shard_or_chunk_are_not_taken(output):
    question = ask(0.5)
    parts = [
        open_journal(question, output, shard_folder(output, each), resume=False, force=False, shard=each)
        for each in (Shard(1, 2), Shard(2, 2))
    ]
    for part in parts:
        with part.lock():
            complete(part, Engine())
    here, there = (Path(part.folder) for part in parts)
    stolen = sorted(there.glob("*.npy"))[0]
    (here / stolen.name).write_bytes(stolen.read_bytes())
    (number,) = [each for each in question.chunks if f"{each.number:07d}" == stolen.stem]
    assert parts[0].read(number) is None
    assert parts[1].read(number) is not None
    first = sorted(here.glob("*.npy"))[0]
    stolen.write_bytes(first.read_bytes())
    assert parts[1].read(number) is None


def test_a_shard_at_work_is_not_merged_and_the_output_is_one_lock(output):
    question, whole = ask(0.5), Shard(1, 1)
    folder = shard_folder(output, whole)
    shard = open_journal(question, output, folder, resume=False, force=False, shard=whole)
    with shard.lock():
        complete(shard, Engine())
        with pytest.raises(InputError, match=rf"{folder.name}: process .* is working on it"):
            merge_shards([folder], output, force=True)
    running = opened(ask(2.0), output)
    with running.lock(), pytest.raises(InputError, match=r"out\.csv\.journal: process .* is working on it"):
        merge_shards([folder], output, force=True)
    with merge_shards([folder], output, force=True).lock():
        pass


def test_a_link_and_its_file_are_one_output(tmp_path, output):
    link = tmp_path / "link.csv"
    link.symlink_to(output)
    running = opened(ask(0.5), link)
    with running.lock(), pytest.raises(InputError, match="is working on it"):
        opened(ask(2.0), output, force=True)


def test_a_journal_without_rows_is_no_obstacle_and_one_of_another_sweep_says_so(output):
    opened(ask(0.5), output).release()
    other = opened(ask(2.0), output)
    with other.lock():
        complete(other, Engine())
    with pytest.raises(InputError) as refused:
        opened(ask(0.5), output)
    assert "params.platform.revenue: 2.0 there, 0.5 here" in str(refused.value)
    assert "--resume" not in str(refused.value) and "--force discards it" in str(refused.value)
    with pytest.raises(InputError, match="--resume of `eqsolve sweep` continues it"):
        opened(ask(2.0), output)


def test_files_of_others_in_a_folder_of_that_name_stay(output):
    folder = Journal.beside(output)
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    opened(ask(0.5), output).release()
    opened(ask(0.5), output, force=True).release()
    assert (folder / "notes.txt").read_text() == "mine"
