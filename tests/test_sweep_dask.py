"""Dask: a real cluster of two worker processes gives the rows of this process, also when one is killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from eqsolve.sweeps.journal import Journal

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow

SCALE = "users.transaction_cost.scale"
LINE = ["sweep", "--vary", f"{SCALE}=0.3:1:96", "--regime", "none", "--regime", "forced"]
CLUSTER = """
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    settings = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with LocalCluster(**settings) as cluster:
        print(cluster.scheduler_address, *(worker.pid for worker in cluster.workers.values()), flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def cluster(tmp_path):
    """The address of a scheduler and the processes of its two workers."""
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER)
    command = [sys.executable, script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        address, *pids = process.stdout.readline().split()
        yield address, [int(pid) for pid in pids]
        process.stdin.close()
        process.wait(timeout=60)


def eqsolve(*args):
    command = [str(Path(sys.executable).with_name("eqsolve")), *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True)


def test_rows_are_the_same_when_a_worker_is_killed(cluster, tmp_path):
    address, workers = cluster
    here, there = tmp_path / "here.csv", tmp_path / "there.csv"
    killed = threading.Event()

    def kill():
        while not list(Journal.beside(there).glob("0*.npy")):
            time.sleep(0.02)
        os.kill(workers[0], signal.SIGKILL)
        killed.set()

    threading.Thread(target=kill, daemon=True).start()
    done = eqsolve(*LINE, "--output", there, "--executor", "dask", "--scheduler", address)
    assert done.returncode == 0, done.stderr
    assert killed.is_set()
    assert eqsolve(*LINE, "--output", here).returncode == 0
    assert there.read_bytes() == here.read_bytes()
