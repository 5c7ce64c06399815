"""Locks: one holder at a time, who is named; also where the system locks no files."""

import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import warnings
from dataclasses import replace

import pytest

from eqsolve.errors import InputError
from eqsolve.locks import Owner, hold

HOLDER = "import sys, time; from pathlib import Path; from eqsolve.locks import hold\n"
WAIT = HOLDER + "lock = hold(Path(sys.argv[1]), 'it'); print('held', flush=True); time.sleep(60)"
COUNT = (
    HOLDER
    + """
import warnings; warnings.simplefilter("ignore")
from eqsolve.errors import InputError
path, counter, end = Path(sys.argv[1]), Path(sys.argv[2]), time.monotonic() + float(sys.argv[3])
done = 0
while time.monotonic() < end:
    try:
        lock = hold(path, "it")
    except InputError:
        continue
    count = int(counter.read_text() or 0)
    time.sleep(0.002)
    counter.write_text(str(count + 1))
    done += 1
    lock.release()
print(done)
"""
)


@pytest.fixture(params=["locks", "ENOSYS", "ENOLCK", "EOPNOTSUPP"])
def system(request, monkeypatch):
    """A system that locks files, and systems that say in their ways that they do not."""
    if request.param != "locks":
        number = getattr(errno, request.param)

        def refuse(descriptor, how):
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(fcntl, "flock", refuse)
    return request.param


def held(path):
    """Take a lock, whatever is said about the file system."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return hold(path, "the sweep")


def test_a_lock_has_one_holder_who_is_named_and_leaves_nothing(tmp_path, system):
    path = tmp_path / "out.lock"
    lock = held(path)
    holder = rf"the sweep: process {os.getpid()} on {socket.gethostname()}, since 20\d\d-.* is working on it"
    with pytest.raises(InputError, match=holder):
        held(path)
    lock.release()
    held(path).release()
    assert not lock.held
    assert list(tmp_path.iterdir()) == []


def test_that_files_cannot_be_locked_is_said(tmp_path, system):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        hold(tmp_path / "out.lock", "the sweep").release()
    assert ["files cannot be locked here" in str(each.message) for each in said] == [True] * (
        system != "locks"
    )


def test_a_lock_ends_with_its_process_however_that_ends(tmp_path, system):
    path = tmp_path / "out.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", WAIT, path],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": HOSTILE, "HOSTILE": "" if system == "locks" else system},
    )
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(InputError, match=f"process {holder.pid} on"):
        held(path)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    held(path).release()
    assert list(tmp_path.iterdir()) == []


HOSTILE = os.path.join(os.path.dirname(__file__), "hostile")


@pytest.mark.parametrize("system", ["", "ENOSYS"])
def test_processes_that_compete_never_hold_it_together(tmp_path, system):
    counter = tmp_path / "counter"
    counter.write_text("0")
    line = [sys.executable, "-c", COUNT, tmp_path / "out.lock", counter, "2"]
    env = {**os.environ, "PYTHONPATH": HOSTILE, "HOSTILE": system}
    runs = [subprocess.Popen(line, stdout=subprocess.PIPE, env=env) for _ in range(3)]
    done = [int(run.communicate()[0]) for run in runs]
    assert sum(done) == int(counter.read_text())
    assert sum(done) > 3


def test_what_is_no_lock_is_left_alone(tmp_path):
    path = tmp_path / "poetry.lock"
    path.write_text("[[package]]\n")
    with pytest.raises(InputError, match="is not a lock of eqsolve"):
        hold(path, "the sweep")
    assert path.read_text() == "[[package]]\n"
    path.unlink()
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        hold(path, "the sweep")
    link = tmp_path / "link.lock"
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="is a link that leads nowhere"):
        hold(link, "the sweep")


def test_what_dead_processes_left_is_no_obstacle_and_goes(tmp_path):
    path = tmp_path / "out.lock"
    path.write_bytes(Owner.this().to_record())
    (tmp_path / "out.lock-0123abcd.removed").write_bytes(b"")
    (tmp_path / "out.lock-notes").write_text("mine")
    hold(path, "the sweep").release()
    assert [each.name for each in tmp_path.iterdir()] == ["out.lock-notes"]


@pytest.mark.parametrize("system", ["ENOSYS"], indirect=True)
def test_without_locks_of_the_system_the_owner_decides(tmp_path, system):
    path, this = tmp_path / "out.lock", Owner.this()
    path.write_bytes(replace(this, host="elsewhere").to_record())
    with pytest.raises(InputError, match=f"on elsewhere.*if that process is gone, remove {path}"):
        held(path)
    path.write_bytes(replace(this, start="long before").to_record())
    held(path).release()
    path.write_bytes(b"")
    held(path).release()
    path.write_bytes(this.to_record()[:30])
    held(path).release()


def test_a_lock_that_cannot_be_written_is_not_left(tmp_path, monkeypatch):
    def full(descriptor, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match=r"No space left on device: .*out\.lock"):
        hold(tmp_path / "out.lock", "the sweep")
    assert list(tmp_path.iterdir()) == []


def test_records_name_their_owner():
    this = Owner.this()
    assert Owner.read(this.to_record()) == this
    assert json.loads(this.to_record())["process"] == os.getpid()
    assert not this.gone
    assert Owner.read(b"{}") is Owner.read(b"nonsense") is Owner.read(b"[1]") is None
