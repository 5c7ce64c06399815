"""No row is lost: kill -9 and Ctrl-C leave a journal, and a resumed sweep writes the same bytes."""

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from eqsolve import InputError, Params, __version__
from eqsolve.sweeps.design import Axis, make_design
from eqsolve.sweeps.journal import Journal
from eqsolve.sweeps.question import Question
from eqsolve.sweeps.records import record_type, solve_points
from eqsolve.sweeps.work import Engine, complete, gather

EQSOLVE = str(Path(sys.executable).with_name("eqsolve"))
SCALE = "users.transaction_cost.scale"
LINE = [EQSOLVE, "sweep", "--vary", f"{SCALE}=0.3:1:480", "--regime", "none", "--regime", "forced"]


def question(scales=(0.4, 0.5, 0.6), regimes=("none",), **changes):
    return Question(make_design(Params().replace(changes), [Axis(SCALE, tuple(scales))]), regimes)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    output = tmp_path_factory.mktemp("whole") / "out.csv"
    subprocess.run([*LINE, "--output", output], check=True, capture_output=True)
    return output.read_bytes()


def killed_at_random(folder, moments, seconds, seed):
    """Run, kill -9 some time after a chunk is done, resume, ..., at last finish; the times it was killed."""
    output, rng, kills = folder / "out.csv", random.Random(seed), 0
    for _ in range(moments):
        jobs, resume = rng.choice(["1", "2"]), ["--resume"] if Journal.exists(Journal.beside(output)) else []
        run = subprocess.Popen(
            [*LINE, "--output", output, "--jobs", jobs, *resume], stderr=subprocess.DEVNULL
        )
        before = len(list(chunks(output)))
        wait_for(lambda run=run, before=before: run.poll() is not None or len(list(chunks(output))) > before)
        time.sleep(rng.uniform(0.0, seconds))
        if run.poll() is None:
            run.send_signal(signal.SIGKILL)
            kills += 1
        run.wait()
        if output.exists() and not Journal.exists(Journal.beside(output)):
            break
    if not output.exists() or Journal.exists(Journal.beside(output)):
        subprocess.run([*LINE, "--output", output, "--resume"], check=True, capture_output=True)
    # One that is killed while it removes its journal leaves a part of it, which means nothing.
    assert [path.name for path in folder.iterdir() if not path.name.startswith("out.csv.journal")] == [
        "out.csv"
    ]
    return output.read_bytes(), kills


def chunks(output):
    """The files of the chunks that are done."""
    return Journal.beside(output).glob("*.npy")


def test_kill_9_loses_nothing_and_changes_no_byte(tmp_path, uninterrupted):
    content, kills = killed_at_random(tmp_path, moments=3, seconds=0.3, seed=1)
    assert kills
    assert content == uninterrupted


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_kill_9_at_twenty_random_moments(tmp_path, uninterrupted, seed):
    content, _ = killed_at_random(tmp_path, moments=2, seconds=2.0, seed=seed)
    assert content == uninterrupted


def test_workers_end_with_the_process_that_is_killed(tmp_path):
    run = subprocess.Popen(
        [*LINE, "--output", tmp_path / "out.csv", "--jobs", "2"],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for(lambda: list(tmp_path.glob("out.csv.journal/*.npy")))
    run.kill()
    run.wait()
    wait_for(lambda: not alive(run.pid))


def alive(session):
    """Processes of a session that are still there."""
    stats = (Path(f"/proc/{pid}/stat") for pid in os.listdir("/proc") if pid.isdecimal())
    found = []
    for stat in stats:
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(stat)
    return found


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


def hear_ctrl_c():
    """A shell makes what it runs in the background deaf to Ctrl-C, and all that this starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_says_how_to_resume_and_exits_with_130(tmp_path, uninterrupted):
    output = tmp_path / "out.csv"
    run = subprocess.Popen(
        [*LINE, "--output", output, "--jobs", "2"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hear_ctrl_c,
    )
    wait_for(lambda: list(tmp_path.glob("out.csv.journal/*.npy")))
    os.killpg(run.pid, signal.SIGINT)
    _, words = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "interrupted" in words and "--resume" in words and "Traceback" not in words
    assert not output.exists()
    subprocess.run([*LINE, "--output", output, "--resume"], check=True, capture_output=True)
    assert output.read_bytes() == uninterrupted


def test_a_resumed_journal_solves_only_what_is_missing(tmp_path):
    asked = question(np.linspace(0.3, 1.0, 60).round(3))
    whole = Journal.create(tmp_path / "a", asked)
    assert complete(whole, Engine()).rows == 60
    part = Journal.create(tmp_path / "b", asked)
    first, *_ = asked.chunks
    part.write(first, whole.read(first))
    assert complete(Journal.resume(tmp_path / "b", asked), Engine()).rows == 60 - first.points.size
    assert gather(whole).records.tobytes() == gather(part).records.tobytes()


def test_a_chunk_that_is_not_whole_is_solved_again(tmp_path):
    asked = question()
    journal = Journal.create(tmp_path / "j", asked)
    complete(journal, Engine())
    expected = gather(journal).records.tobytes()
    (file,) = (tmp_path / "j").glob("0*.npy")
    file.write_bytes(file.read_bytes()[:-8])
    with pytest.raises(InputError, match="missing, damaged"):
        gather(journal)
    assert complete(journal, Engine()).rows == 3
    assert gather(journal).records.tobytes() == expected


@pytest.mark.parametrize(
    ("other", "key"),
    [
        (question(scales=(0.4, 0.5, 0.7)), f"design.axes.{SCALE}.values"),
        (question(regimes=("forced",)), "regimes"),
        (question(**{"platform.revenue": 0.6}), "params.platform.revenue: 0.5 there, 0.6 here"),
        (question(**{"users.segments.low.accuracy": 0.2}), "params.users.segments.low.accuracy"),
    ],
)
def test_a_journal_of_another_question_is_refused_with_the_keys_that_differ(tmp_path, other, key):
    Journal.create(tmp_path / "j", question())
    with pytest.raises(InputError, match="another sweep") as refused:
        Journal.resume(tmp_path / "j", other)
    assert key in str(refused.value)


def test_a_journal_of_another_version_is_refused(tmp_path, monkeypatch):
    Journal.create(tmp_path / "j", question())
    monkeypatch.setattr("eqsolve.sweeps.question.__version__", "99.0")
    with pytest.raises(InputError, match=rf'version: "{re.escape(__version__)}" there, "99.0" here'):
        Journal.resume(tmp_path / "j", question())


def test_a_manifest_that_was_changed_is_refused(tmp_path):
    Journal.create(tmp_path / "j", question())
    file = tmp_path / "j" / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "selection": "lowest"}))
    with pytest.raises(InputError, match="hash"):
        Journal.open(tmp_path / "j")


def test_a_journal_of_an_older_kind_is_refused(tmp_path):
    Journal.create(tmp_path / "j", question())
    file = tmp_path / "j" / "manifest.json"
    file.write_text(file.read_text().replace("eqsolve/journal/2", "eqsolve/journal/1"))
    with pytest.raises(InputError, match="of another version of eqsolve"):
        Journal.open(tmp_path / "j")


def test_the_manifest_tells_the_whole_question(tmp_path):
    asked = question(regimes=("forced", "none"))
    Journal.create(tmp_path / "j", asked)
    again = Journal.open(tmp_path / "j").question
    assert again.to_dict() == asked.to_dict()
    assert np.array_equal(again.design.points, asked.design.points)


def test_two_processes_cannot_work_on_one_journal(tmp_path):
    journal = Journal.create(tmp_path / "j", question())
    other = Journal.open(tmp_path / "j")
    holder = f"process {os.getpid()} on {socket.gethostname()}, since 20"
    with journal.lock(), pytest.raises(InputError, match=holder), other.lock():
        pass
    with other.lock():
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["j"]


def test_a_full_disk_leaves_the_journal_valid(tmp_path, monkeypatch):
    asked = question(np.linspace(0.3, 1.0, 60).round(3))
    journal = Journal.create(tmp_path / "j", asked)
    save, calls = np.save, []

    def save_until_full(file, records):
        calls.append(file)
        if len(calls) > 1:
            file.write(b"a part")
            raise OSError(28, "No space left on device")
        save(file, records)

    monkeypatch.setattr(np, "save", save_until_full)
    with pytest.raises(OSError, match="No space"):
        complete(journal, Engine())
    monkeypatch.undo()
    assert len(journal.done()) == 1
    assert not list((tmp_path / "j").glob("*.part"))
    assert complete(Journal.resume(tmp_path / "j", asked), Engine()).rows < 60


def test_records_keep_what_solve_many_says():
    points = np.array([[0.4], [0.5]])
    records = solve_points(Params(), [SCALE], points, "endogenous", "initial")
    assert records.dtype == record_type(["high", "low"])
    assert records["profit"][1] == pytest.approx(0.2799, abs=5e-5)
    assert records["status"].tolist() == [0, 0]
